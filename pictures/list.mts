/** The most that all pictures may take together, in bytes. */
export const MAX_TOTAL_BYTES = 1_000_000;

/** The pictures that exist once. */
const SINGLE = [
	'credential',
	'result-page-arabic',
	'result-page-english',
	'waiting-execution',
	'paid-execution',
] as const;

/** The pictures that exist for a light and for a dark editor. */
const THEMED = ['checkout', 'create', 'wait-for-payment', 'trigger'] as const;

/** The themes of n8n's editor. */
export const THEMES = ['light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

/** The name of a picture, which is its file without ".webp". */
export type PictureName =
	(typeof SINGLE)[number] | `${(typeof THEMED)[number]}-${Theme}` | `example-${string}`;

/**
 * Lists the pictures in the folder docs/pictures.
 * @param examples the names of the workflows in examples/.
 * @returns their names, sorted.
 */
export function pictureNames(examples: readonly string[]): PictureName[] {
	return [
		...SINGLE,
		...THEMED.flatMap((name) => THEMES.map((theme) => `${name}-${theme}` as const)),
		...examples.map((name) => `example-${name}` as const),
	].sort();
}
