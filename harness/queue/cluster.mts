import { randomUUID } from 'node:crypto';
import { freePort, N8n } from '../n8n/n8n.mts';
import { type Postgres, startPostgres } from '../postgres.mts';
import { Nginx } from './nginx.mts';
import { QueueProcess } from './process.mts';
import { type Redis, startRedis } from './redis.mts';

/**
 * A real n8n in queue mode on 127.0.0.1: Postgres, Redis, a main process, two webhook processors, two
 * workers, and nginx before them.
 */
export interface Cluster {
	postgres: Postgres;
	redis: Redis;
	nginx: Nginx;
	main: N8n;
	processors: readonly [QueueProcess, QueueProcess];
	workers: readonly [QueueProcess, QueueProcess];
	/** Waits until all processes run. */
	ready(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a cluster.
 * @param env further environment variables of n8n.
 * @throws Error when a program is missing or does not start.
 */
export async function startCluster(
	onProgress: (message: string) => void,
	env: Record<string, string> = {},
): Promise<Cluster> {
	await using started = new AsyncDisposableStack();
	const postgres = await startPostgres();
	started.defer(async () => await postgres.stop());
	const redis = await startRedis();
	started.defer(async () => await redis.server.stop());
	const ports = {
		main: await freePort(),
		processors: [await freePort(), await freePort()],
	} as const;
	const nginx = await Nginx.start(ports);
	started.defer(async () => await nginx.server.stop());
	const main = started.use(
		await N8n.start({
			port: ports.main,
			onProgress,
			env: {
				...postgres.env,
				...redis.env,
				// With the default of 2, n8n's transactions wait for each other under load.
				DB_POSTGRESDB_POOL_SIZE: '10',
				EXECUTIONS_MODE: 'queue',
				N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true',
				N8N_DISABLE_UI: 'true',
				N8N_ENCRYPTION_KEY: randomUUID(),
				N8N_PROXY_HOPS: '1',
				WEBHOOK_URL: nginx.url,
				...env,
			},
		}),
	);
	onProgress('Starting two webhook processors and two workers');
	const start = async (name: string, command: 'webhook' | 'worker', port = 0) => {
		const child = await QueueProcess.start(main, name, command, port);
		started.defer(async () => await child.stop());
		return child;
	};
	const [first, second, third, fourth] = await Promise.all([
		start('webhook processor 1', 'webhook', ports.processors[0]),
		start('webhook processor 2', 'webhook', ports.processors[1]),
		start('worker 1', 'worker'),
		start('worker 2', 'worker'),
	]);
	const all = started.move();
	const processors = [first, second] as const;
	const workers = [third, fourth] as const;
	return {
		postgres,
		redis,
		nginx,
		main,
		processors,
		workers,
		ready: async () => {
			for (const child of [...processors, ...workers]) await child.ready();
		},
		[Symbol.asyncDispose]: async () => await all.disposeAsync(),
	};
}
