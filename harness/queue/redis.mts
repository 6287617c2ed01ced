import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../n8n/n8n.mts';
import { findProgram } from '../programs.mts';
import { Server } from '../server.mts';

/** A Redis on 127.0.0.1 that stores each job when it gets it, as docs/scaling.md says. */
export interface Redis {
	server: Server;
	/** The environment variables that make n8n use it. */
	env: Record<string, string>;
	/** Removes all jobs, and gives the next ones the numbers of the last. */
	loseJobs(): Promise<void>;
}

/** As if Redis had started again with data of a little earlier. */
const LOSE_JOBS = `
	local last = redis.call('GET', 'bull:jobs:id') or 0
	redis.call('FLUSHALL')
	return redis.call('SET', 'bull:jobs:id', math.max(0, last - 15))`;

/**
 * Starts a Redis in a temporary folder.
 * @throws Error when it is not installed or does not start.
 */
export async function startRedis(): Promise<Redis> {
	const program = findProgram('redis-server', 'redis-server');
	const client = findProgram('redis-cli', 'redis-tools');
	const port = await freePort();
	const cwd = mkdtempSync(join(tmpdir(), 'redis-'));
	const store = ['--dir', cwd, '--appendonly', 'yes', '--appendfsync', 'always'];
	const args = ['--bind', '127.0.0.1', '--port', String(port), ...store];
	return {
		server: await Server.start({ program, args, port, cwd }),
		env: { QUEUE_BULL_REDIS_HOST: '127.0.0.1', QUEUE_BULL_REDIS_PORT: String(port) },
		loseJobs: async () => {
			const args = ['-p', String(port), 'EVAL', LOSE_JOBS, '0'];
			const { stdout } = await promisify(execFile)(client, args);
			if (stdout.trim() !== 'OK') throw new Error(`Redis has not lost its jobs: ${stdout}`);
		},
	};
}
