/** The simulator in a process of its own, so that it takes no time from what is measured. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { startSimulator } from '../simulator/index.mts';

const CUSTOMER = 'CUST-9';

const addressSchema = z.object({
	url: z.string(),
	apiBaseUrl: z.string(),
	apiToken: z.string(),
	signingSecret: z.string(),
});

/** Where a simulator is, and what it accepts. */
export type SimulatorAddress = z.infer<typeof addressSchema> & {
	/** Has the seeded transactions. */
	customerId: string;
	stop(): Promise<void>;
};

export async function startSimulatorProcess(): Promise<SimulatorAddress> {
	const child: ChildProcess = fork(import.meta.filename, { stdio: 'inherit' });
	const [message] = (await once(child, 'message')) as unknown[];
	return {
		...addressSchema.parse(message),
		customerId: CUSTOMER,
		stop: async () => {
			const exited = once(child, 'exit');
			child.disconnect();
			await exited;
		},
	};
}

async function serve(): Promise<void> {
	const simulator = await startSimulator({ latencyMs: 50 });
	simulator.control.seedTransactions({ customerId: CUSTOMER, count: 5_000 });
	process.send?.({
		url: simulator.url,
		apiBaseUrl: simulator.apiBaseUrl,
		apiToken: simulator.apiToken,
		signingSecret: simulator.signingSecret,
	});
	process.once('disconnect', () => void simulator.close());
}

if (process.send) await serve();
