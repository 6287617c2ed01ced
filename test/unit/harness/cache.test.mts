import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyCache, makeOnce, sizeOf, usersOfCache } from '../../../harness/cache.mts';

const home = mkdtempSync(join(tmpdir(), 'cache-test-'));
const cache = join(home, 'n8n-nodes-rsompay');
const before = process.env.XDG_CACHE_HOME;

beforeEach(() => {
	process.env.XDG_CACHE_HOME = home;
	rmSync(cache, { recursive: true, force: true });
});
afterAll(() => {
	if (before === undefined) delete process.env.XDG_CACHE_HOME;
	else process.env.XDG_CACHE_HOME = before;
	rmSync(home, { recursive: true });
});

/** The folders and files in the cache, without the mark of this process. */
const names = () => readdirSync(cache).filter((name) => name !== `in-use-${process.pid}`);

const write = (folder: string) => {
	writeFileSync(join(folder, 'file'), 'x'.repeat(10_000));
	return Promise.resolve();
};

/** The ID of a process that has ended. */
const endedPid = spawnSync(process.execPath, ['--version']).pid;

test('a folder is filled once, and is not there before it is complete', async () => {
	let fills = 0;
	const fill = async (folder: string) => {
		fills += 1;
		expect(existsSync(join(cache, 'n8n-1'))).toBe(false);
		await write(folder);
	};
	expect(await makeOnce('n8n-1', fill)).toBe(join(cache, 'n8n-1'));
	expect(await makeOnce('n8n-1', fill)).toBe(join(cache, 'n8n-1'));
	expect(fills).toBe(1);
	expect(names()).toStrictEqual(['n8n-1']);
});

test('of two at once one folder stays, and both get it', async () => {
	const made = await Promise.all([makeOnce('n8n-1', write), makeOnce('n8n-1', write)]);
	expect(made).toStrictEqual([join(cache, 'n8n-1'), join(cache, 'n8n-1')]);
	expect(names()).toStrictEqual(['n8n-1']);
});

test('a failure leaves nothing behind', async () => {
	const fill = async (folder: string) => {
		await write(folder);
		throw new Error('no network');
	};
	await expect(makeOnce('n8n-1', fill)).rejects.toThrow('no network');
	expect(names()).toStrictEqual([]);
});

test('what a killed process has left behind is removed, what a running one fills is not', async () => {
	await makeOnce('n8n-2', write);
	mkdirSync(join(cache, `n8n-1.partial-${endedPid}-abc`));
	writeFileSync(join(cache, `in-use-${endedPid}`), '');
	const filling = `n8n-1.partial-${process.ppid}-abc`;
	mkdirSync(join(cache, filling));
	await makeOnce('n8n-3', write);
	expect(names().sort()).toStrictEqual([filling, 'n8n-2', 'n8n-3']);
});

test('other processes that use it or fill it are known', async () => {
	expect(await usersOfCache()).toStrictEqual([]);
	await makeOnce('n8n-1', write);
	expect(await usersOfCache()).toStrictEqual([]);
	writeFileSync(join(cache, `in-use-${endedPid}`), '');
	expect(await usersOfCache()).toStrictEqual([]);
	writeFileSync(join(cache, `in-use-${process.ppid}`), '');
	expect(await usersOfCache()).toStrictEqual([process.ppid]);
	rmSync(join(cache, `in-use-${process.ppid}`));
	mkdirSync(join(cache, `n8n-2.partial-${process.ppid}-abc`));
	expect(await usersOfCache()).toStrictEqual([process.ppid]);
});

test('it is emptied, and says what that frees', async () => {
	await makeOnce('n8n-1', write);
	await makeOnce('sqlite3-1', write);
	mkdirSync(join(cache, `n8n-2.partial-${endedPid}-abc`));
	const bytes = sizeOf(join(cache, 'n8n-1'));
	expect(bytes).toBeGreaterThanOrEqual(10_000);
	const removed = await emptyCache();
	expect(removed.map(({ name }) => name)).toContain('n8n-1');
	expect(removed.find(({ name }) => name === 'n8n-1')?.bytes).toBe(bytes);
	expect(removed).toHaveLength(3);
	expect(existsSync(cache)).toBe(false);
	expect(await emptyCache()).toStrictEqual([]);
});
