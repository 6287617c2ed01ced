/** Runs the simulator in a separate process, so that it does not slow down what is measured. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { startSimulator } from '../simulator/index.mts';

const LATENCY_MS = 50;

const CUSTOMER = 'CUST-9';

/** The number of payments in the Moyasar account. */
export const PAYMENTS = 4_000;

const addressSchema = z.object({
	url: z.string(),
	apiBaseUrl: z.string(),
	apiToken: z.string(),
	signingSecret: z.string(),
	/** Has `PAYMENTS` seeded payments. */
	moyasar: z.object({ baseUrl: z.string(), keys: z.object({ secret: z.string() }) }),
});

/** The addresses of a simulator, and the tokens and secrets that it accepts. */
export type SimulatorAddress = z.infer<typeof addressSchema> & {
	/** The customer with the seeded transactions. */
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
	const simulator = await startSimulator({ latencyMs: LATENCY_MS });
	simulator.control.seedTransactions({ customerId: CUSTOMER, count: 5_000 });
	const { moyasar } = simulator;
	moyasar.control.configure({ latencyMs: LATENCY_MS });
	moyasar.control.seedPayments({ count: PAYMENTS });
	process.send?.({
		url: simulator.url,
		apiBaseUrl: simulator.apiBaseUrl,
		apiToken: simulator.apiToken,
		signingSecret: simulator.signingSecret,
		moyasar: { baseUrl: moyasar.baseUrl, keys: { secret: moyasar.keys.secret } },
	});
	process.once('disconnect', () => void simulator.close());
}

if (process.send) await serve();
