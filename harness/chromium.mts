import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { z } from 'zod';
import { makeOnce } from './cache.mts';
import { run } from './n8n/run.mts';

/** A browser that may be on this machine. */
export type Candidate =
	/** One that playwright-core finds by itself. */
	| { channel: 'chrome' | 'msedge' }
	/** One at a usual path. */
	| { path: string }
	/** The one of the development dependency @sparticuz/chromium. */
	| { fromNpm: true };

/** A machine, as `process` describes it. */
export interface Machine {
	platform: NodeJS.Platform;
	arch: string;
	env: NodeJS.ProcessEnv;
}

/** The usual paths of Chromium. */
const PATHS: Partial<Record<NodeJS.Platform, (env: NodeJS.ProcessEnv) => string[]>> = {
	linux: () => ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium'],
	darwin: () => ['/Applications/Chromium.app/Contents/MacOS/Chromium'],
	win32: ({ LOCALAPPDATA: folder }) =>
		folder ? [`${folder}\\Chromium\\Application\\chrome.exe`] : [],
};

const INSTALL =
	'Install Chromium, Google Chrome or Microsoft Edge, or set the environment variable CHROMIUM to the path of one.';

/**
 * Returns the browsers to try, in this order. With the environment variable CHROMIUM set, it is the
 * only one.
 */
export function candidates({ platform, arch, env }: Machine): Candidate[] {
	if (env.CHROMIUM) return [{ path: env.CHROMIUM }];
	return [
		...(PATHS[platform]?.(env) ?? []).map((path) => ({ path })),
		{ channel: 'chrome' },
		{ channel: 'msedge' },
		...(platform === 'linux' && arch === 'x64' ? [{ fromNpm: true } as const] : []),
	];
}

/**
 * Starts the first browser that is there and starts.
 * @throws Error that says what to install, and for each browser why it did not start.
 */
export async function launch(machine: Machine = process): Promise<Browser> {
	const failures: string[] = [];
	for (const candidate of candidates(machine)) {
		try {
			return await chromium.launch({
				...(await optionsFor(candidate, machine.env)),
				// Neither a page nor the browser itself reaches another host.
				args: ['--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
				// A wrapper that waits for something else must not use up the time of a test.
				timeout: 60_000,
			});
		} catch (error) {
			failures.push(`${nameOf(candidate)}: ${reasonOf(error)}`);
		}
	}
	throw new Error(`No browser starts. ${INSTALL}\n${failures.join('\n')}`);
}

async function optionsFor(candidate: Candidate, env: NodeJS.ProcessEnv): Promise<LaunchOptions> {
	if ('channel' in candidate) return candidate;
	if ('path' in candidate) {
		if (!existsSync(candidate.path)) throw new Error('There is no such file.');
		return { executablePath: candidate.path };
	}
	const folder = await makeOnce(`chromium-${versionFromNpm()}`, unpack);
	return {
		executablePath: join(folder, 'chromium'),
		env: {
			...env,
			LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
			FONTCONFIG_FILE: join(folder, 'fonts.conf'),
		},
	};
}

/** The package itself unpacks file by file into /tmp, where another process finds the half of one. */
async function unpack(folder: string): Promise<void> {
	await run(process.execPath, [join(import.meta.dirname, 'unpackChromium.mts')], folder, {
		env: { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' },
	});
}

function versionFromNpm(): string {
	const manifest = resolve(import.meta.dirname, '../node_modules/@sparticuz/chromium/package.json');
	return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')))
		.version;
}

function nameOf(candidate: Candidate): string {
	if ('channel' in candidate) return candidate.channel;
	return 'path' in candidate ? candidate.path : '@sparticuz/chromium';
}

/** The first line of what the browser has printed, or of the error. */
export function reasonOf(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return (
		/\[err\] (.+)/.exec(text)?.[1] ?? text.split('\n', 1).join().replace('browserType.launch: ', '')
	);
}
