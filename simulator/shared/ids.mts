import { createHash } from 'node:crypto';

/** A generator of IDs that look random and are the same for the same seed. */
export type Ids = {
	/** `length` lower-case hex digits (at most 64). */
	hex(length: number): string;
	/** A version 4 UUID. */
	uuid(): string;
};

/** IDs for one purpose; each purpose has its own sequence of the same seed. */
export function seededIds(seed: number, purpose: string): Ids {
	let counter = 0;
	const next = () => createHash('sha256').update(`${seed}:${purpose}:${counter++}`).digest('hex');
	return {
		hex: (length) => next().slice(0, length),
		uuid: () =>
			next().replace(
				/^(.{8})(.{4}).(.{3})(.)(.{3})(.{12}).*$/,
				(_, a: string, b: string, c: string, d: string, e: string, f: string) =>
					`${a}-${b}-4${c}-${'89ab'.charAt(parseInt(d, 16) % 4)}${e}-${f}`,
			),
	};
}
