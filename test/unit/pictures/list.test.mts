import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exampleNames } from '../../../harness/examples.mts';
import { MAX_TOTAL_BYTES, pictureNames } from '../../../pictures/list.mts';

const folder = resolve(import.meta.dirname, '../../../docs/pictures');

test('docs/pictures contains the pictures that the command takes, and no other', async () => {
	const names = pictureNames(await exampleNames());
	const files = (await readdir(folder)).filter((file) => file.endsWith('.webp'));

	expect(files.sort()).toStrictEqual(names.map((name) => `${name}.webp`).sort());
});

test('everything in docs/pictures together is small', async () => {
	const files = await readdir(folder);
	const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));

	expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_TOTAL_BYTES);
});

test('each example has one picture, and a theme has its own', () => {
	const names = pictureNames(['one', 'two']);

	expect(names).toEqual(
		expect.arrayContaining(['example-one', 'example-two', 'create-light', 'create-dark']),
	);
	expect(new Set(names).size).toBe(names.length);
});
