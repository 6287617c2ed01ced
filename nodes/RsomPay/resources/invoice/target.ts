/** The values of 'Notify' and 'Return To' in Create. */
export const CALLBACK_TARGET = { url: 'url', execution: 'execution' } as const;
