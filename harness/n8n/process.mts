import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** How a process of n8n is started. */
export interface Command {
	/** The folder that contains n8n's node_modules. */
	installation: string;
	/** The command of n8n: `start`, `webhook` or `worker`. */
	command: string;
	userFolder: string;
	env: NodeJS.ProcessEnv;
	logFile: string;
	/** How the log is opened: `a` adds to it. */
	logFlag: 'a' | 'w';
}

/** Starts a process of n8n, which ends with this one. */
export async function spawnN8n(options: Command): Promise<ChildProcess> {
	const { installation, command, userFolder, env, logFile, logFlag } = options;
	// n8n waits 10 s when it finds the journal that a killed n8n leaves.
	await rm(join(userFolder, '.n8n', 'crash.journal'), { force: true });
	const log = openSync(logFile, logFlag);
	try {
		return spawn(
			process.execPath,
			[
				`--import=${pathToFileURL(join(import.meta.dirname, 'parentChannel.mts')).href}`,
				join(installation, 'node_modules', 'n8n', 'bin', 'n8n'),
				command,
			],
			{ cwd: userFolder, env, stdio: ['ignore', log, log, 'ipc'] },
		);
	} finally {
		closeSync(log);
	}
}

/** Ends a process of n8n, and waits until it has ended. After 20 s it is killed. */
export async function endN8n(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (!isRunning(child)) return;
	const exited = once(child, 'exit');
	const killTimer = setTimeout(() => child.kill('SIGKILL'), 20_000);
	child.ref();
	child.kill(signal);
	await exited;
	clearTimeout(killTimer);
}

/**
 * The ID of a process.
 * @throws Error when it does not run.
 */
export function idOf(child: ChildProcess | undefined): number {
	if (child?.pid === undefined || !isRunning(child)) throw new Error('n8n does not run.');
	return child.pid;
}

const liveHeapSchema = z.object({ liveHeap: z.number() });

/**
 * Collects the garbage of a process of n8n.
 * @returns the memory of the JavaScript objects that remain, with their buffers, in bytes
 * @throws Error when it ends, or does not answer within a minute.
 */
export async function liveHeapOf(child: ChildProcess): Promise<number> {
	const messages = on(child, 'message', {
		signal: AbortSignal.timeout(60_000),
		close: ['exit'],
	});
	child.send('liveHeap');
	for await (const [message] of messages) {
		const { data } = liveHeapSchema.safeParse(message);
		if (data) return data.liveHeap;
	}
	throw new Error('n8n has ended.');
}

/** Whether a process was started and has not ended. */
export function isRunning(child: ChildProcess): boolean {
	return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
