/**
 * `npm run time-to-first-invoice`: measures what a newcomer waits for, from a bare clone of the last
 * commit to paid invoices, with nothing cached. Fails above 6 minutes. Removes everything it has made.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const LIMIT_S = 6 * 60;

const repository = resolve(import.meta.dirname, '..');
const folder = await mkdtemp(join(tmpdir(), 'time-to-first-invoice-'));
const clone = join(folder, 'clone');

/** The environment of a shell that npm has not started, with empty caches. */
const env = {
	...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
	PATH: (process.env.PATH ?? '')
		.split(delimiter)
		.filter((path) => !path.includes('node_modules'))
		.join(delimiter),
	XDG_CACHE_HOME: join(folder, 'cache'),
	npm_config_cache: join(folder, 'npm'),
};

const parts: Array<{ command: string; cwd: string }> = [
	{ command: `git clone --quiet ${JSON.stringify(repository)} clone`, cwd: folder },
	{ command: 'npm ci', cwd: clone },
	{ command: 'npm run demo -- --once', cwd: clone },
];

/** A signal ends a group of processes as a whole. Windows has none; there Ctrl-C reaches each process. */
const inGroup = process.platform !== 'win32';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.on(signal, () => stop.abort(new Error('The measurement was stopped.')));
}

/** Runs a command in a shell. Returns the seconds it took. */
async function measure({ command, cwd }: (typeof parts)[number]): Promise<number> {
	stop.signal.throwIfAborted();
	console.log(`\n$ ${command}`);
	const startedAt = Date.now();
	const child = spawn(command, {
		cwd,
		env,
		shell: true,
		stdio: ['ignore', 'inherit', 'inherit'],
		detached: inGroup,
	});
	const end = () => {
		if (child.pid === undefined || child.exitCode !== null) return;
		process.kill(inGroup ? -child.pid : child.pid);
	};
	stop.signal.addEventListener('abort', end);
	const [code] = (await once(child, 'close')) as [number | null];
	stop.signal.removeEventListener('abort', end);
	stop.signal.throwIfAborted();
	if (code !== 0) throw new Error(`"${command}" exited with ${code ?? 'a signal'}.`);
	return (Date.now() - startedAt) / 1000;
}

try {
	const seconds: number[] = [];
	for (const part of parts) seconds.push(await measure(part));
	const total = seconds.reduce((sum, part) => sum + part, 0);
	console.log('');
	for (const [index, { command }] of parts.entries()) {
		console.log(`${seconds[index]?.toFixed(0).padStart(5) ?? ''} s  ${command}`);
	}
	console.log(`${total.toFixed(0).padStart(5)} s  in total, at most ${LIMIT_S} s`);
	if (total > LIMIT_S) process.exitCode = 1;
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
} finally {
	await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
