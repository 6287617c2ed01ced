const SPACE = /[ \t\n\r]*/y;

const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/uy;

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Deeper than anything that a person writes, and far from what exhausts the stack. */
const MAX_DEPTH = 100;

/**
 * Names the place of a text that JSON.parse rejects. The messages of JSON.parse do not always have a
 * position.
 *
 * @returns such as `look at line 2, column 22`, counted from 1
 */
export function whereJsonBreaks(text: string): string {
	const at = errorOffset(text);
	if (at === text.length) return 'the end is missing';
	const lines = text.slice(0, at).split('\n');
	return `look at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** The first character that JSON cannot have there. */
function errorOffset(text: string): number {
	let at = 0;
	let depth = 0;
	const skip = (pattern: RegExp): boolean => {
		pattern.lastIndex = at;
		if (!pattern.test(text)) return false;
		at = pattern.lastIndex;
		return true;
	};
	const take = (token: string | RegExp): boolean => {
		skip(SPACE);
		if (typeof token !== 'string') return skip(token);
		if (!text.startsWith(token, at)) return false;
		at += token.length;
		return true;
	};
	const members = (end: string, member: () => boolean): boolean => {
		if (take(end)) return true;
		if (++depth > MAX_DEPTH) return false;
		do if (!member()) return false;
		while (take(','));
		depth--;
		return take(end);
	};
	const property = (): boolean => take(STRING) && take(':') && value();
	const value = (): boolean => {
		if (take('[')) return members(']', value);
		if (take('{')) return members('}', property);
		return take(STRING) || take(SCALAR);
	};
	if (value()) skip(SPACE);
	return at;
}
