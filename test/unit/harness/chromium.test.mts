import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { candidates, launch, reasonOf } from '../../../harness/chromium.mts';

const linux = { platform: 'linux', arch: 'x64', env: {} } as const;

describe('the browsers to try', () => {
	test('the machine’s own come first, the one from npm last', () => {
		expect(candidates(linux)).toStrictEqual([
			{ path: '/usr/bin/chromium' },
			{ path: '/usr/bin/chromium-browser' },
			{ path: '/snap/bin/chromium' },
			{ channel: 'chrome' },
			{ channel: 'msedge' },
			{ fromNpm: true },
		]);
	});

	test('the one from npm runs on Linux with an x64 processor only', () => {
		for (const machine of [
			{ ...linux, arch: 'arm64' },
			{ ...linux, platform: 'darwin' },
			{ ...linux, platform: 'win32' },
		] as const) {
			expect(candidates(machine)).not.toContainEqual({ fromNpm: true });
			expect(candidates(machine)).toContainEqual({ channel: 'chrome' });
		}
	});

	test('macOS and Windows have their own paths', () => {
		expect(candidates({ ...linux, platform: 'darwin' })[0]).toStrictEqual({
			path: '/Applications/Chromium.app/Contents/MacOS/Chromium',
		});
		const env = { LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' };
		expect(candidates({ ...linux, platform: 'win32', env })[0]).toStrictEqual({
			path: 'C:\\Users\\a\\AppData\\Local\\Chromium\\Application\\chrome.exe',
		});
	});

	test('CHROMIUM is the only one where it is set', () => {
		const env = { CHROMIUM: '/opt/mine' };
		expect(candidates({ ...linux, env })).toStrictEqual([{ path: '/opt/mine' }]);
		expect(candidates({ ...linux, env: { CHROMIUM: '' } })).toHaveLength(6);
	});
});

test('the reason is what the browser printed last before it ended, in one line', () => {
	const error = new Error(
		'browserType.launch: Target page, context or browser has been closed\nBrowser logs:\n\n<launching> /x\n[pid=1][err] /x: error while loading shared libraries: libnss3.so\nCall log:\n',
	);
	expect(reasonOf(error)).toBe('/x: error while loading shared libraries: libnss3.so');
	expect(reasonOf(new Error("Chromium distribution 'chrome' is not found\nRun …"))).toBe(
		"Chromium distribution 'chrome' is not found",
	);
});

describe('when no browser starts', () => {
	const folder = mkdtempSync(join(tmpdir(), 'chromium-test-'));
	afterAll(() => rmSync(folder, { recursive: true }));

	test('the error says what to install, and why this one did not start', async () => {
		const broken = join(folder, 'broken');
		writeFileSync(broken, '#!/bin/sh\necho "the snap is missing" >&2\nexit 1\n');
		chmodSync(broken, 0o755);
		const started = launch({ ...linux, env: { CHROMIUM: broken } });
		await expect(started).rejects.toThrow(
			`No browser starts. Install Chromium, Google Chrome or Microsoft Edge, or set the environment variable CHROMIUM to the path of one.\n${broken}: the snap is missing`,
		);
	});

	test('a path that does not exist is named', async () => {
		const path = join(folder, 'none');
		await expect(launch({ ...linux, env: { CHROMIUM: path } })).rejects.toThrow(
			`${path}: There is no such file.`,
		);
	});
});
