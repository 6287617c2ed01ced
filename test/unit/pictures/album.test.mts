import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Album } from '../../../pictures/album.mts';
import { MAX_TOTAL_BYTES } from '../../../pictures/list.mts';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'pictures-'));
	await writeFile(join(folder, 'credential.webp'), 'old');
	await writeFile(join(folder, 'no-longer-taken.webp'), 'old');
	await writeFile(join(folder, 'benchmark.svg'), 'a plot');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const lines: string[] = [];
const album = () => new Album(['credential', 'waiting-execution'], (line) => lines.push(line));

test('replaces the pictures of a folder, and leaves what is no picture', async () => {
	const taken = album();
	taken.add('credential', Buffer.from('new'));
	taken.add('waiting-execution', Buffer.from('waiting'));

	await taken.save(folder);

	expect((await readdir(folder)).sort()).toStrictEqual([
		'benchmark.svg',
		'credential.webp',
		'waiting-execution.webp',
	]);
	expect(await readFile(join(folder, 'credential.webp'), 'utf8')).toBe('new');
	expect(lines).toContain('       3  credential.webp');
	expect(lines).toContain('      10  together');
});

test.each([
	['a picture is missing', 10, 'Not taken: waiting-execution.'],
	['they are too large', MAX_TOTAL_BYTES, 'The pictures take 1000001 bytes; 1000000 are allowed.'],
])('leaves the folder as it is when %s', async (_reason, size, message) => {
	const taken = album();
	taken.add('credential', Buffer.alloc(size));
	if (size === MAX_TOTAL_BYTES) taken.add('waiting-execution', Buffer.alloc(1));

	await expect(taken.save(folder)).rejects.toThrow(message);

	expect(await readFile(join(folder, 'credential.webp'), 'utf8')).toBe('old');
	expect(await readdir(folder)).toContain('no-longer-taken.webp');
});

test('takes no picture that is not on the list, and none twice', () => {
	const taken = album();
	taken.add('credential', Buffer.from('new'));

	expect(() => taken.add('example-unknown', Buffer.from('new'))).toThrow('has no picture');
	expect(() => taken.add('credential', Buffer.from('new'))).toThrow('was taken twice');
});
