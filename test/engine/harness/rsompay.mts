import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeCredentials, INodeParameters, OnError } from 'n8n-workflow';

import {
	type DeliveryRequest,
	type DeliveryResponse,
	exampleEvent,
	type Simulator,
	startSimulator,
} from '../../../simulator/index.mts';
import { EXAMPLE_INVOICE, SIMULATOR_CREDENTIALS } from './example.mts';
import { Execution } from './execution.mts';
import { type N8n, startN8n } from './n8n.mts';
import { type FinishedRun, resume, type Running, startWorkflow } from './run-workflow.mts';
import { advanceClock } from './time.mts';
import { type WaitSettings, waitWorkflow } from './wait.mts';
import { resumeDue } from './waiting-webhooks.mts';
import { PublishedWorkflow } from './published-workflow.mts';
import type { NodeSpec } from './workflows.mts';

export { EXAMPLE_INVOICE } from './example.mts';

/** How to run the RsomPay node. */
export type RunSettings = {
	/** Its input items. Default: one empty item. */
	items?: IDataObject[];
	/** The node's setting On Error. */
	onError?: OnError;
	/** Default: the simulator's. */
	credentials?: INodeCredentials;
	/** The workflow's setting Timezone. Default: that of n8n. */
	timezone?: string;
};

/** How to publish a workflow that starts with the RsomPay Trigger. */
export type TriggerSettings = {
	parameters?: INodeParameters;
	/** Default: the simulator's. */
	credentials?: INodeCredentials;
	/** Changes of the trigger, e.g. its setting Always Output Data. */
	node?: Partial<NodeSpec>;
	/** The nodes after the trigger. Default: none. */
	next?: NodeSpec[];
};

/** An n8n with the package installed, and a simulated RsomPay, shared by the tests of one file. */
export type RsomPayBench = {
	readonly n8n: N8n;
	readonly simulator: Simulator;
	/** Saves a credential for the simulator. `changes` replace some of its fields. */
	credentials(changes?: IDataObject, id?: string): INodeCredentials;
	/** Starts a workflow whose second and last node, `RsomPay`, is the action node. */
	start(parameters: INodeParameters, settings?: RunSettings): Running;
	/** Runs that workflow to its end. */
	run(parameters: INodeParameters, settings?: RunSettings): Promise<FinishedRun>;
	/** Creates invoices in a separate execution, which ends. */
	create(...ids: string[]): Promise<void>;
	/**
	 * Runs a workflow until it is suspended or has ended. Its nodes are `Start`, `Create` unless
	 * `creates` is false, `Wait` and the nodes of `next`.
	 */
	wait(parameters?: INodeParameters, settings?: WaitSettings): Promise<Execution>;
	/** Advances the clock. n8n resumes the executions whose time limit has passed; returns them. */
	passTime(ms: number): Promise<FinishedRun[]>;
	/** Resumes a suspended execution before its time, as a timer does that n8n has not cleared. */
	resumeNow(execution: Execution): Promise<FinishedRun>;
	/**
	 * Publishes a workflow that starts with a RsomPay Trigger on any event. The end of the test
	 * unpublishes it.
	 */
	publish(settings?: TriggerSettings): Promise<PublishedWorkflow>;
	/** Sends a webhook. Default: the example event, signed by RsomPay. */
	deliver(workflow: { url: string }, request?: Partial<DeliveryRequest>): Promise<DeliveryResponse>;
};

/** Starts n8n and the simulator before the tests of a file, and resets the simulator before each. */
export function useRsomPay(): RsomPayBench {
	let n8n: N8n;
	let simulator: Simulator;
	let isStarted = false;
	const published: PublishedWorkflow[] = [];

	beforeAll(async () => {
		n8n = await startN8n();
		simulator = await startSimulator({ seed: 1 });
		isStarted = true;
	});
	let tests = 0;
	beforeEach(() => {
		// The process remembers a second, or a pause, of the test before.
		advanceClock(++tests * 60_000);
		simulator.control.reset();
		bench.credentials();
	});
	afterEach(async () => {
		for (const workflow of published.splice(0)) workflow.close();
		if (isStarted) await n8n.server.idle();
	});
	afterAll(async () => {
		if (isStarted) await Promise.all([simulator.close(), n8n.close()]);
	});

	const bench: RsomPayBench = {
		get n8n() {
			return n8n;
		},
		get simulator() {
			return simulator;
		},
		credentials: (changes, id = 'simulator') =>
			n8n.credentials.save(
				'rsomPayApi',
				{
					environment: 'custom',
					baseUrl: simulator.apiBaseUrl,
					apiToken: simulator.apiToken,
					signingSecret: simulator.signingSecret,
					...changes,
				},
				id,
			),
		start: (parameters, { items, onError, credentials = SIMULATOR_CREDENTIALS, timezone } = {}) =>
			startWorkflow(n8n, {
				nodes: [
					{ name: 'Start', type: 'test.start' },
					{
						name: 'RsomPay',
						type: 'n8n-nodes-rsompay.rsomPay',
						parameters,
						credentials,
						onError,
					},
				],
				items,
				settings: { timezone },
			}),
		create: async (...ids) => {
			const parameters = { ...EXAMPLE_INVOICE, externalId: '={{ $json.id }}' };
			const { error } = await bench.run(parameters, { items: ids.map((id) => ({ id })) });
			if (error) throw error;
		},
		wait: async (parameters, settings) => {
			const { id, finished } = startWorkflow(n8n, waitWorkflow(parameters, settings));
			await finished;
			return new Execution(n8n, id);
		},
		passTime: async (ms) => {
			advanceClock(ms);
			return await resumeDue(n8n);
		},
		resumeNow: async ({ id }) => {
			const stored = n8n.executions.find(id);
			if (!stored) throw new Error(`There is no execution ${id}`);
			return await resume(n8n, stored).finished;
		},
		run: async (parameters, settings) => await bench.start(parameters, settings).finished,
		publish: async ({ parameters, credentials = SIMULATOR_CREDENTIALS, node, next = [] } = {}) => {
			const trigger = {
				name: 'RsomPay Trigger',
				type: 'n8n-nodes-rsompay.rsomPayTrigger',
				typeVersion: 2,
				webhookId: randomUUID(),
				parameters: { events: ['*'], ...parameters },
				credentials,
				...node,
			};
			const workflow = await PublishedWorkflow.open(n8n, [trigger, ...next]);
			published.push(workflow);
			return workflow;
		},
		deliver: async ({ url }, request = {}) => {
			const payload = 'rawBody' in request ? undefined : exampleEvent();
			return await simulator.control.deliver({ url, payload, ...request });
		},
	};
	return bench;
}
