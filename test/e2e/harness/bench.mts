import axios from 'axios';
import type {
	Credential,
	Execution,
	ExecutionSummary,
	Item,
	NodeRun,
} from '../../../harness/n8n/api.mts';
import { productionUrl } from '../../../harness/examples.mts';
import { ensureN8n } from '../../../harness/n8n/install.mts';
import { N8n } from '../../../harness/n8n/n8n.mts';
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
import { placesOf } from './stored.mts';
import { actionNode, chain, manualStart, type NodeJson, triggerNode } from './workflows.mts';

/** Fields of the `rsomPayApi` credential. */
export type CredentialData = Record<string, string>;

/** A published workflow that begins with a RsomPay Trigger. */
export interface Hook {
	readonly workflowId: string;
	/** The trigger's production URL. */
	readonly url: string;
	/** Delivers an event, signed as RsomPay does unless the request says else; gives n8n's answer. */
	deliver(event?: RsomPayEvent, request?: Partial<DeliveryRequest>): Promise<DeliveryResponse>;
	/** Its executions as they stand, oldest first. */
	executions(): Promise<ExecutionSummary[]>;
	/** What the trigger put out in each of its executions, once all have ended. */
	started(): Promise<Array<Item['json']>>;
}

/** What a workflow that is published with a RsomPay Trigger differs in from the simplest. */
export interface HookSettings {
	/** Of the trigger. */
	parameters?: Record<string, unknown>;
	/** What comes after the trigger. */
	next?: NodeJson[];
	credential?: Credential;
}

/** How a RsomPay node is run. */
export interface RunSettings {
	/** What it runs over: one empty item unless given. */
	items?: Array<Record<string, unknown>>;
	onError?: 'continueRegularOutput' | 'continueErrorOutput';
	credential?: Credential;
}

/** A real n8n with the packed package and a simulated RsomPay, for the tests of one file. */
export interface Bench {
	readonly n8n: N8n;
	readonly simulator: Simulator;
	/** A credential that fits the simulator. */
	readonly credential: Credential;
	/** Every token, key and signing secret that any credential has held. */
	readonly secrets: Set<string>;
	/** The fields of a credential that fits the simulator, some of them changed. */
	credentialData(changes?: CredentialData): CredentialData;
	createCredential(changes?: CredentialData): Promise<Credential>;
	/**
	 * Has RsomPay issue an invoice, without n8n: the guide's example, changed by these fields of the
	 * request.
	 */
	issue(changes?: Partial<typeof exampleInvoiceRequest>): Promise<Invoice>;
	/** Imports a workflow that begins with a RsomPay Trigger, without publishing it. */
	import(settings?: HookSettings): Promise<Hook>;
	/** Imports and publishes one. */
	publish(settings?: HookSettings): Promise<Hook>;
	/** Runs the RsomPay node by hand, and gives the execution as n8n stored it. */
	run(parameters: Record<string, unknown>, settings?: RunSettings): Promise<Execution>;
}

/** The first run on a machine downloads n8n and builds its database driver. */
const INSTALL_TIMEOUT_MS = 30 * 60_000;

/** Generous: on a busy machine n8n takes half a minute to start. */
const TEST_TIMEOUT_MS = 2 * 60_000;

/**
 * Starts n8n and the simulator before the tests of a file and stops them after it. Before each
 * test the simulator is emptied.
 */
export function useBench(): Bench {
	const started = new AsyncDisposableStack();
	const secrets = new Set<string>();
	jest.setTimeout(TEST_TIMEOUT_MS);
	let n8n: N8n;
	let simulator: Simulator;
	let credential: Credential;

	beforeAll(async () => {
		await ensureN8n((message) => process.stderr.write(`${message}\n`));
	}, INSTALL_TIMEOUT_MS);
	beforeAll(async () => {
		const running = await startSimulator({ webhookDelayMs: 0 });
		started.defer(async () => await running.close());
		simulator = running;
		n8n = started.use(await N8n.start({ env: { N8N_LOG_LEVEL: 'debug' } }));
		credential = await bench.createCredential();
	});
	beforeEach(() => simulator.control.reset());
	afterAll(async () => await started.disposeAsync());

	const bench: Bench = {
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
			const data: CredentialData = {
				environment: 'custom',
				baseUrl: simulator.apiBaseUrl,
				apiToken: simulator.apiToken,
				signingSecret: simulator.signingSecret,
				...changes,
			};
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
				bench.credentialData(changes),
			),
		issue: async (changes) => {
			const body = { ...exampleInvoiceRequest, ...changes };
			await axios.post(`${simulator.apiBaseUrl}/invoices`, body, {
				headers: { Authorization: `Bearer ${simulator.apiToken}` },
				proxy: false,
			});
			return invoiceOf(simulator, body.external_id);
		},
		import: async ({ parameters, next = [], credential: chosen = credential } = {}) => {
			const workflow = chain(triggerNode(parameters), ...next);
			const workflowId = await n8n.api.importWorkflow(workflow, [chosen]);
			const url = productionUrl(n8n.url, workflow, 'RsomPay Trigger');
			return makeHook(n8n, simulator, workflowId, url);
		},
		publish: async (settings) => {
			const imported = await bench.import(settings);
			await n8n.api.publish(imported.workflowId);
			return imported;
		},
		run: async (parameters, { items, onError, credential: chosen = credential } = {}) => {
			const workflow = chain(...manualStart(items), actionNode(parameters, { onError }));
			const workflowId = await n8n.api.importWorkflow(workflow, [chosen]);
			return await n8n.api.runManually(workflowId, 'Manual Trigger');
		},
	};
	return bench;
}

function makeHook({ api }: N8n, { control }: Simulator, workflowId: string, url: string): Hook {
	return {
		workflowId,
		url,
		deliver: async (event = paymentCompleted(), request) =>
			await control.deliver({ url, payload: event, ...request }),
		executions: async () => await api.executions(workflowId),
		started: async () => {
			const ids = (await api.executions(workflowId)).map(({ id }) => id);
			const executions = await Promise.all(ids.map((id) => api.finished(id)));
			return executions.flatMap(({ nodes }) => itemsOf(nodes['RsomPay Trigger']));
		},
	};
}

/**
 * An invoice as it now stands at RsomPay.
 * @throws Error when there is none.
 */
export function invoiceOf({ control }: Simulator, externalId: string): Invoice {
	const invoice = control.invoices().find(({ external_id }) => external_id === externalId);
	if (invoice === undefined) throw new Error(`RsomPay has no invoice "${externalId}".`);
	return invoice;
}

/** Matches any text that this is part of. */
export const containing = (text: string): unknown => expect.stringContaining(text);

/** What a node put out, on all its outputs together. */
export function itemsOf(runs: NodeRun[] = []): Array<Item['json']> {
	return runs.flatMap(({ outputs }) => outputs.flat()).map(({ json }) => json);
}

/**
 * Adds the test that n8n has neither logged nor stored a secret; to be called after all others of
 * a file, since it looks at what they have left.
 */
export function testThatSecretsStaySecret(bench: Bench): void {
	test('no token and no secret is in the log, in an execution or anywhere else in the clear', () => {
		// Everything here is about this customer: it shows that the search sees executions.
		expect(placesOf(bench.n8n, 'CUST-9')).toContain('execution_data');
		for (const secret of bench.secrets) expect(placesOf(bench.n8n, secret)).toStrictEqual([]);
	});
}
