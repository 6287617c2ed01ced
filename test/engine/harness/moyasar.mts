import type {
	IDataObject,
	INodeCredentials,
	INodeListSearchResult,
	INodeParameters,
	OnError,
} from 'n8n-workflow';

import {
	type MoyasarControl,
	type MoyasarPayment,
	type MoyasarPaymentChanges,
	type Moyasar,
	type Simulator,
	startSimulator,
} from '../../../simulator/index.mts';
import { additionalDataOf, type N8n, startN8n } from './n8n.mts';
import { LoadOptionsContext } from './n8n-core.mts';
import { type PollEngine, PolledWorkflow } from './polled-workflow.mts';
import { type FinishedRun, type Running, startWorkflow } from './run-workflow.mts';
import { buildWorkflow } from './workflows.mts';

/** How to run the Moyasar node. */
export type RunSettings = {
	/** Its input items. Default: one empty item. */
	items?: IDataObject[];
	/** The node's setting On Error. */
	onError?: OnError;
	/** The workflow's time zone. */
	timezone?: string;
	/** The node's version. Default: 1, as workflows have that were saved before version 2. */
	typeVersion?: number;
	/** Whether it is the node as a tool of an AI Agent. */
	isTool?: boolean;
};

/** An n8n with the package installed, and a simulated Moyasar, shared by the tests of one file. */
export type MoyasarBench = {
	readonly n8n: N8n;
	/** The simulated Moyasar. */
	readonly moyasar: Moyasar;
	readonly control: MoyasarControl;
	/** Saves the credential of the nodes. `changes` replace some of its fields. */
	credentials(changes?: IDataObject): INodeCredentials;
	/** Starts a workflow whose second and last node, `Moyasar`, is the action node. */
	start(parameters: INodeParameters, settings?: RunSettings): Running;
	/** Runs that workflow to its end. */
	run(parameters: INodeParameters, settings?: RunSettings): Promise<FinishedRun>;
	/** Searches payments as the editor does for the list of the node. */
	search(filter?: string, paginationToken?: string): Promise<INodeListSearchResult>;
	/** Creates an inactive workflow that starts with a Moyasar Trigger. */
	trigger(parameters?: INodeParameters, engine?: PollEngine): PolledWorkflow;
	/** Creates such a workflow and publishes it. */
	publish(parameters?: INodeParameters, engine?: PollEngine): Promise<PolledWorkflow>;
	/** Adds a payment created `msAgo` ms ago. Default: now. */
	pay(id: string, msAgo?: number, changes?: MoyasarPaymentChanges): MoyasarPayment;
};

const CREDENTIALS = { moyasarApi: { id: 'simulator', name: 'Simulator' } };

/** Starts n8n and the simulator before the tests of a file, and resets the simulator before each. */
export function useMoyasar(): MoyasarBench {
	let n8n: N8n;
	let simulator: Simulator;
	let isStarted = false;

	beforeAll(async () => {
		n8n = await startN8n();
		// Uses the clock that tests can advance.
		simulator = await startSimulator({ seed: 1, clock: () => new Date(Date.now()) });
		isStarted = true;
	});
	beforeEach(() => {
		simulator.moyasar.control.reset();
		bench.credentials();
	});
	afterAll(async () => {
		if (isStarted) await Promise.all([simulator.close(), n8n.close()]);
	});

	const bench: MoyasarBench = {
		get n8n() {
			return n8n;
		},
		get moyasar() {
			return simulator.moyasar;
		},
		get control() {
			return simulator.moyasar.control;
		},
		credentials: (changes) => {
			const { baseUrl, keys } = simulator.moyasar;
			const data = { baseUrl, secretKey: keys.secret, ...changes };
			return n8n.credentials.save('moyasarApi', data, CREDENTIALS.moyasarApi.id);
		},
		start: (parameters, { items, onError, timezone, typeVersion = 1, isTool = false } = {}) =>
			startWorkflow(n8n, {
				nodes: [
					{ name: 'Start', type: 'test.start' },
					{
						name: 'Moyasar',
						type: `n8n-nodes-moyasar.moyasar${isTool ? 'Tool' : ''}`,
						typeVersion,
						parameters,
						credentials: CREDENTIALS,
						onError,
					},
				],
				items,
				settings: { timezone },
			}),
		run: async (parameters, settings) => await bench.start(parameters, settings).finished,
		search: async (filter, paginationToken) => {
			const type = n8n.nodeTypes.getByNameAndVersion('n8n-nodes-moyasar.moyasar', 2);
			const workflow = buildWorkflow(n8n, {
				nodes: [{ name: 'Moyasar', type: 'n8n-nodes-moyasar.moyasar', credentials: CREDENTIALS }],
				settings: { timezone: 'Asia/Riyadh' },
			});
			const node = workflow.getNode('Moyasar');
			const search = type.methods?.listSearch?.searchPayments;
			if (!node || !search) throw new Error('The node has no search.');
			const context = new LoadOptionsContext(workflow, node, additionalDataOf(n8n), 'paymentId');
			return await search.call(context, filter, paginationToken);
		},
		trigger: (parameters, engine) =>
			new PolledWorkflow(
				n8n,
				{
					name: 'Moyasar Trigger',
					type: 'n8n-nodes-moyasar.moyasarTrigger',
					parameters: { event: 'newPayment', ...parameters },
					credentials: CREDENTIALS,
				},
				engine,
			),
		publish: async (parameters, engine) => {
			const workflow = bench.trigger(parameters, engine);
			await workflow.activate();
			return workflow;
		},
		pay: (id, msAgo = 0, changes) =>
			bench.control.addPayment({ id, createdAt: new Date(Date.now() - msAgo), ...changes }),
	};
	return bench;
}
