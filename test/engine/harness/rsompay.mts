import type { IDataObject, INodeCredentials, INodeParameters, OnError } from 'n8n-workflow';

import {
	type DeliveryRequest,
	type DeliveryResponse,
	exampleEvent,
	type Simulator,
	startSimulator,
} from '../../../simulator/index.mts';
import { type N8n, startN8n } from './n8n.mts';
import { type FinishedRun, type Running, startWorkflow } from './run-workflow.mts';
import { PublishedWorkflow } from './webhooks.mts';
import type { NodeSpec } from './workflows.mts';

/** How the RsomPay node is run. */
export type RunSettings = {
	/** The items it is given; one that is empty where it is left out. */
	items?: IDataObject[];
	/** What it does when an item fails. */
	onError?: OnError;
	/** Instead of the simulator's. */
	credentials?: INodeCredentials;
};

/** How a workflow that begins with the RsomPay Trigger is published. */
export type TriggerSettings = {
	parameters?: INodeParameters;
	/** Instead of the simulator's. */
	credentials?: INodeCredentials;
	/** What comes after the trigger; nothing where it is left out. */
	next?: NodeSpec[];
};

/** An n8n with the package installed, and a simulated RsomPay, for the tests of one file. */
export type RsomPayBench = {
	readonly n8n: N8n;
	readonly simulator: Simulator;
	/** Stores a credential for the simulator, with some of its fields changed. */
	credentials(changes?: IDataObject, id?: string): INodeCredentials;
	/** Starts a workflow whose second and last node, `RsomPay`, is the action node. */
	start(parameters: INodeParameters, settings?: RunSettings): Running;
	/** Runs that workflow to its end. */
	run(parameters: INodeParameters, settings?: RunSettings): Promise<FinishedRun>;
	/**
	 * Publishes a workflow that begins with a RsomPay Trigger, subscribed to every event, until the
	 * test ends.
	 */
	publish(settings?: TriggerSettings): Promise<PublishedWorkflow>;
	/**
	 * Delivers a webhook to it: an event, signed as RsomPay signs it, unless the request says else.
	 */
	deliver(
		workflow: PublishedWorkflow,
		request?: Partial<DeliveryRequest>,
	): Promise<DeliveryResponse>;
};

/** Sets up n8n and the simulator before the tests of a file, and empties the latter before each. */
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
	beforeEach(() => {
		simulator.control.reset();
		bench.credentials();
	});
	afterEach(async () => {
		await Promise.all(published.splice(0).map((workflow) => workflow.close()));
	});
	afterAll(async () => {
		if (isStarted) await simulator.close();
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
		start: (parameters, { items, onError, credentials = SIMULATOR_CREDENTIALS } = {}) =>
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
			}),
		run: async (parameters, settings) => await bench.start(parameters, settings).finished,
		publish: async ({ parameters, credentials = SIMULATOR_CREDENTIALS, next = [] } = {}) => {
			const trigger = {
				name: 'RsomPay Trigger',
				type: 'n8n-nodes-rsompay.rsomPayTrigger',
				typeVersion: 2,
				webhookId: 'rsompay',
				parameters: { events: ['*'], ...parameters },
				credentials,
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

const SIMULATOR_CREDENTIALS = { rsomPayApi: { id: 'simulator', name: 'Simulator' } };

/** The guide's example of an invoice, as it is filled in into the node. */
export const EXAMPLE_INVOICE = {
	resource: 'invoice',
	operation: 'create',
	externalId: 'INV-PARTNER-001',
	customerId: 'CUST-9',
	customerFullName: 'Ahmed Ali',
	lineItemsMode: 'fields',
	lineItems: {
		item: [
			{
				description: 'Service fee',
				itemType: 'service',
				quantity: 1,
				unitPrice: 100,
				discountAmount: 10,
				taxRate: 15,
				referenceId: 'LINE-1',
			},
		],
	},
	notificationUrl: 'https://partner.example.com/webhooks/rsom',
	returnUrl: 'https://partner.example.com/payment/return',
	additionalFields: {
		currencyCode: 'SAR',
		customerEmail: 'customer@example.com',
		customerPhone: '+966501234567',
		dueDate: '2026-12-31',
		issuedDate: '2026-05-18',
		notes: 'Optional invoice note',
	},
};
