import { type CredentialData, rsomPayData } from '../../../harness/credentials.mts';
import { productionUrl } from '../../../harness/examples.mts';
import { issueInvoice } from '../../../harness/fulfilment.mts';
import {
	type Credential,
	type Execution,
	type ExecutionSummary,
	type Item,
	itemsOf,
} from '../../../harness/n8n/api.mts';
import { N8n } from '../../../harness/n8n/n8n.mts';
import { chain, type NodeJson } from '../../../harness/workflows.mts';
import {
	type DeliveryRequest,
	type DeliveryResponse,
	exampleInvoiceRequest,
	type Invoice,
	type RsomPayEvent,
	type Simulator,
	startSimulator,
} from '../../../simulator/index.mts';
import { paymentCompleted } from './events.mts';
import { placesOf } from './storage.mts';
import { actionNode, manualStart, triggerNode } from './workflows.mts';

/** An imported workflow that starts with a RsomPay Trigger. */
export interface TriggerWorkflow {
	readonly id: string;
	/** The trigger's production URL. */
	readonly url: string;
	/** Delivers an event, by default signed as RsomPay signs it; returns n8n's response. */
	deliver(event?: RsomPayEvent, request?: Partial<DeliveryRequest>): Promise<DeliveryResponse>;
	/** Its executions in their current states, oldest first. */
	executions(): Promise<ExecutionSummary[]>;
	/** The trigger's items of all executions; waits until they have finished. */
	started(): Promise<Array<Item['json']>>;
}

export interface TriggerSettings {
	/** Parameters of the trigger. */
	parameters?: Record<string, unknown>;
	/** The nodes after the trigger. */
	next?: NodeJson[];
	credential?: Credential;
}

export interface RunSettings {
	/** The input of the node; default: one empty item. */
	items?: Array<Record<string, unknown>>;
	credential?: Credential;
}

/** A real n8n with the packed package and a simulated RsomPay, for the tests of one file. */
export interface TestBed {
	readonly n8n: N8n;
	readonly simulator: Simulator;
	/** A credential for the simulator. */
	readonly credential: Credential;
	/** Every token, key and signing secret that was in a credential. */
	readonly secrets: Set<string>;
	/** The fields of a credential for the simulator, with changes. */
	credentialData(changes?: CredentialData): CredentialData;
	createCredential(changes?: CredentialData): Promise<Credential>;
	/** Creates an invoice through RsomPay's API, without n8n: the API guide's example with changes. */
	issue(changes?: Partial<typeof exampleInvoiceRequest>): Promise<Invoice>;
	/** Imports a workflow that starts with a RsomPay Trigger, without publishing it. */
	import(settings?: TriggerSettings): Promise<TriggerWorkflow>;
	/** Imports a workflow that starts with a RsomPay Trigger, and publishes it. */
	publish(settings?: TriggerSettings): Promise<TriggerWorkflow>;
	/** Runs the RsomPay node manually, and returns the finished execution. */
	run(parameters: Record<string, unknown>, settings?: RunSettings): Promise<Execution>;
}

/** Long, because n8n takes half a minute to start on a busy machine. */
const TEST_TIMEOUT_MS = 2 * 60_000;

const env = {
	N8N_LOG_LEVEL: 'debug',
	// With the editor, n8n copies its thousand files at every start, which takes seconds.
	N8N_DISABLE_UI: 'true',
};

/**
 * Starts n8n and the simulator before the tests of a file and stops them after it. Resets the
 * simulator before each test.
 *
 * @param settings further environment variables of n8n, or a function that returns them
 */
export function useTestBed(
	settings: Record<string, string> | (() => Promise<Record<string, string>>) = {},
): TestBed {
	const started = new AsyncDisposableStack();
	const secrets = new Set<string>();
	jest.setTimeout(TEST_TIMEOUT_MS);
	let n8n: N8n;
	let simulator: Simulator;
	let credential: Credential;

	beforeAll(async () => {
		const running = await startSimulator({ webhookDelayMs: 0 });
		started.defer(async () => await running.close());
		simulator = running;
		const further = typeof settings === 'function' ? await settings() : settings;
		n8n = started.use(await N8n.start({ env: { ...env, ...further } }));
		credential = await testBed.createCredential();
	});
	beforeEach(() => simulator.control.reset());
	afterAll(async () => await started.disposeAsync());

	const testBed: TestBed = {
		get n8n() {
			return n8n;
		},
		get simulator() {
			return simulator;
		},
		get credential() {
			return credential;
		},
		secrets,
		credentialData: (changes) => {
			const data = { ...rsomPayData(simulator), ...changes };
			for (const field of ['apiToken', 'signingSecret', 'previousSigningSecret']) {
				const secret = data[field]?.trim();
				if (secret) secrets.add(secret);
			}
			return data;
		},
		createCredential: async (changes) =>
			await n8n.api.createCredential(
				'rsomPayApi',
				'RsomPay account',
				testBed.credentialData(changes),
			),
		issue: async (changes) => {
			await issueInvoice(simulator, changes);
			return invoiceOf(simulator, changes?.external_id ?? exampleInvoiceRequest.external_id);
		},
		import: async ({ parameters, next = [], credential: chosen = credential } = {}) => {
			const workflow = chain(triggerNode(parameters), ...next);
			const id = await n8n.api.importWorkflow(workflow, [chosen]);
			return triggerWorkflow(
				n8n,
				simulator,
				id,
				productionUrl(n8n.url, workflow, 'RsomPay Trigger'),
			);
		},
		publish: async (settings) => {
			const imported = await testBed.import(settings);
			await n8n.api.publish(imported.id);
			return imported;
		},
		run: async (parameters, { items, credential: chosen = credential } = {}) => {
			const workflow = chain(...manualStart(items), actionNode(parameters));
			const id = await n8n.api.importWorkflow(workflow, [chosen]);
			return await n8n.api.runManually(id, 'Manual Trigger');
		},
	};
	return testBed;
}

function triggerWorkflow(
	{ api }: N8n,
	{ control }: Simulator,
	id: string,
	url: string,
): TriggerWorkflow {
	return {
		id,
		url,
		deliver: async (event = paymentCompleted(), request) =>
			await control.deliver({ url, payload: event, ...request }),
		executions: async () => await api.executions(id),
		started: async () => {
			const summaries = await api.executions(id);
			const executions = await Promise.all(summaries.map((summary) => api.finished(summary.id)));
			return executions.flatMap(({ nodes }) => itemsOf(nodes['RsomPay Trigger']));
		},
	};
}

/**
 * Returns an invoice in its current state at RsomPay.
 * @throws Error when it does not exist.
 */
export function invoiceOf({ control }: Simulator, externalId: string): Invoice {
	const invoice = control.invoices().find(({ external_id }) => external_id === externalId);
	if (invoice === undefined) throw new Error(`RsomPay has no invoice "${externalId}".`);
	return invoice;
}

/** Matches any text that contains this one. */
export const containing = (text: string): unknown => expect.stringContaining(text);

/**
 * Adds the test that n8n has neither logged nor stored a secret in plain text. Call it after all
 * other tests of a file, because it searches what they have left behind.
 */
export function testThatSecretsStaySecret(testBed: TestBed): void {
	test('stores and logs no token and no secret in plain text', () => {
		// All tests use this customer: it shows that the search finds executions.
		expect(placesOf(testBed.n8n, 'CUST-9')).toContain('execution_data');
		for (const secret of testBed.secrets) expect(placesOf(testBed.n8n, secret)).toStrictEqual([]);
	});
}
