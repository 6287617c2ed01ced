/** An engine of n8n that polls, with the environment variables that select it. */
export interface PollEngine {
	name: 'default engine' | 'durable scheduler' | 'durable cursors';
	env: Record<string, string>;
}

const DURABLE = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_USE_WORKFLOW_PUBLICATION_SERVICE: 'true',
	// Seconds. By default n8n starts its polls up to 5 s late.
	N8N_SCHEDULER_EXECUTOR_INTERVAL: '1',
	N8N_SCHEDULER_MATERIALIZATION_INTERVAL: '2',
};

/** All of them, n8n's default first. */
export const POLL_ENGINES: readonly PollEngine[] = [
	{ name: 'default engine', env: {} },
	{ name: 'durable scheduler', env: DURABLE },
	{ name: 'durable cursors', env: { ...DURABLE, N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true' } },
];

/**
 * Poll times more often than once a minute. n8n rejects one schedule that is that frequent, but not
 * several schedules of one second each.
 *
 * @param seconds the seconds of each minute at which to poll
 */
export function pollAtSeconds(seconds: readonly number[]): {
	item: Array<{ mode: string; cronExpression: string }>;
} {
	return {
		item: seconds.map((second) => ({ mode: 'custom', cronExpression: `${second} * * * * *` })),
	};
}
