/** A tag or a text of a page, decoded as a browser decodes it. */
export type Token =
	| { kind: 'open'; name: string; attributes: Record<string, string> }
	| { kind: 'close'; name: string }
	| { kind: 'text'; text: string };

const ENTITIES: Record<string, string> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	'#39': "'",
};

const VOID = new Set(['meta', 'circle', 'path']);

const DOCTYPE = '<!doctype html>';

const TAG = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+="[^"'<>]*")*)\s*(\/?)>/y;

const TEXT = /[^<>"']+/y;

const STYLE = /[^<]*/y;

function decode(text: string): string {
	return text.replace(/&([^;]{0,6};?)/g, (entity, name: string) => {
		const character = ENTITIES[name.replace(/;$/, '')];
		if (character === undefined || !name.endsWith(';')) throw new Error(`Not escaped: ${entity}`);
		return character;
	});
}

/**
 * Parses a page into its tags and texts. Far stricter than a browser, so that an injection cannot
 * pass: it demands that each attribute is quoted, each element is closed, and each markup character
 * outside of the style is escaped.
 *
 * @throws Error at the first violation
 */
export function tokensOf(page: string): Token[] {
	if (!page.startsWith(DOCTYPE)) throw new Error('No doctype');
	const tokens: Token[] = [];
	const open: string[] = [];
	let at = DOCTYPE.length;
	const match = (pattern: RegExp) => {
		pattern.lastIndex = at;
		const found = pattern.exec(page);
		at += found?.[0].length ?? 0;
		return found;
	};
	while (at < page.length) {
		const text = match(open.at(-1) === 'style' ? STYLE : TEXT);
		if (text?.[0]) {
			tokens.push({ kind: 'text', text: open.at(-1) === 'style' ? text[0] : decode(text[0]) });
		}
		if (at === page.length) break;
		const tag = match(TAG);
		if (!tag) throw new Error(`No tag: ${page.slice(at, at + 40)}`);
		const [, slash, name = '', attributeText = '', end] = tag;
		if (slash) {
			if (open.pop() !== name) throw new Error(`Closed without a start tag: ${name}`);
			tokens.push({ kind: 'close', name });
			continue;
		}
		const attributes = Object.fromEntries(
			[...attributeText.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(
				([, attribute = '', value = '']) => [attribute, decode(value)],
			),
		);
		tokens.push({ kind: 'open', name, attributes });
		if (!end) open.push(name);
		else if (!VOID.has(name)) throw new Error(`Self-closed, which a browser ignores: ${name}`);
	}
	if (open.length > 0) throw new Error(`Not closed: ${open.join(', ')}`);
	return tokens;
}

/** The attributes of each element with this name. */
export function elementsOf(tokens: Token[], name: string): Array<Record<string, string>> {
	return tokens.flatMap((token) =>
		token.kind === 'open' && token.name === name ? [token.attributes] : [],
	);
}

/** The text of each element with this name, up to the next tag. */
export function textsOf(tokens: Token[], name: string): string[] {
	return tokens.flatMap((token, index) => {
		const next = tokens[index + 1];
		if (token.kind !== 'open' || token.name !== name) return [];
		return [next?.kind === 'text' ? next.text : ''];
	});
}
