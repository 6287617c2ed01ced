type Range = { tag: string; quality: number; place: number };

/**
 * Selects the offered language that the browser prefers, as express's `acceptsLanguages` does.
 *
 * @param header `Accept-Language`; without it any language is accepted
 * @returns `false` when the browser accepts none of them
 */
export function acceptedLanguage(
	header: string | undefined,
	offered: readonly string[],
): string | false {
	const ranges = (header ?? '*').split(',').flatMap(parseRange);
	const ranked = offered.flatMap((language) => {
		const [best] = ranges
			.flatMap((range) => {
				const fit = fitOf(language, range.tag);
				return fit === undefined ? [] : [{ ...range, fit, language }];
			})
			.sort((a, b) => b.fit - a.fit || b.quality - a.quality || a.place - b.place);
		return best && best.quality > 0 ? [best] : [];
	});
	ranked.sort((a, b) => b.quality - a.quality || b.fit - a.fit || a.place - b.place);
	return ranked[0]?.language ?? false;
}

function parseRange(text: string, place: number): Range[] {
	const [tag = '', ...parameters] = text.split(';').map((part) => part.trim());
	const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
	return tag === '' ? [] : [{ tag: tag.toLowerCase(), quality: Number(quality ?? 1), place }];
}

/** Rates how well a range matches a language: the same, the language of a region, a region, any. */
function fitOf(language: string, tag: string): number | undefined {
	const offered = language.toLowerCase();
	if (tag === offered) return 4;
	if (tag.split('-')[0] === offered) return 2;
	if (tag === offered.split('-')[0]) return 1;
	return tag === '*' ? 0 : undefined;
}
