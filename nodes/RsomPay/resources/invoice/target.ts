/** The values of 'Notify' and 'Return To' in Create. */
export const TARGET = { url: 'url', execution: 'execution' } as const;
