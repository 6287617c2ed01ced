import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_TOTAL_BYTES, type PictureName } from './list.mts';

/** The pictures of one run of the command. */
export class Album {
	readonly #expected: readonly PictureName[];
	readonly #pictures = new Map<PictureName, Buffer>();
	readonly #report: (line: string) => void;

	/**
	 * @param expected the names of the pictures to take.
	 * @param report receives a line for each picture, with its size.
	 */
	constructor(expected: readonly PictureName[], report: (line: string) => void) {
		this.#expected = expected;
		this.#report = report;
	}

	/**
	 * Adds a picture.
	 * @throws Error when it is not expected, or there already.
	 */
	add(name: PictureName, webp: Buffer): void {
		if (!this.#expected.includes(name)) throw new Error(`The list has no picture "${name}".`);
		if (this.#pictures.has(name)) throw new Error(`The picture "${name}" was taken twice.`);
		this.#pictures.set(name, webp);
		this.#report(`${String(webp.length).padStart(8)}  ${name}.webp`);
	}

	/**
	 * Replaces the pictures of a folder by these.
	 * @throws Error when one is missing, or they are too large; the folder is as before then.
	 */
	async save(folder: string): Promise<void> {
		const missing = this.#expected.filter((name) => !this.#pictures.has(name));
		if (missing.length > 0) throw new Error(`Not taken: ${missing.join(', ')}.`);
		const total = [...this.#pictures.values()].reduce((sum, { length }) => sum + length, 0);
		this.#report(`${String(total).padStart(8)}  together`);
		if (total > MAX_TOTAL_BYTES) {
			throw new Error(`The pictures take ${total} bytes; ${MAX_TOTAL_BYTES} are allowed.`);
		}
		await mkdir(folder, { recursive: true });
		for (const file of await readdir(folder)) {
			if (file.endsWith('.webp')) await rm(join(folder, file));
		}
		for (const [name, webp] of this.#pictures) await writeFile(join(folder, `${name}.webp`), webp);
	}
}
