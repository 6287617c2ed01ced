import { type CredentialData, moyasarData } from '../../../harness/credentials.mts';
import {
	type Credential,
	type ExecutionSummary,
	type Item,
	itemsOf,
} from '../../../harness/n8n/api.mts';
import { pollAtSeconds } from '../../../harness/n8n/pollEngines.mts';
import { until } from '../../../harness/n8n/until.mts';
import { chain, node, type NodeJson } from '../../../harness/workflows.mts';
import type { Moyasar, MoyasarRequest } from '../../../simulator/index.mts';
import { useUnpublishing } from './published.mts';
import type { TestBed } from './testBed.mts';

/** An imported workflow that consists of a Moyasar Trigger only. */
export interface PollingWorkflow {
	readonly id: string;
	/** Changes the trigger's parameters and publishes the change. */
	change(parameters: Record<string, unknown>): Promise<void>;
	/** Its executions in their current states, oldest first. */
	executions(): Promise<ExecutionSummary[]>;
	/** The payments that have started it, in order; waits until all its executions have finished. */
	started(): Promise<Array<Item['json']>>;
	/**
	 * Waits until this many payments have started it, and then for two more polls, which should
	 * start nothing.
	 */
	startedBy(count: number): Promise<Array<Item['json']>>;
}

/** The simulated Moyasar and its nodes on the real n8n of a test bed. */
export interface MoyasarTestBed extends Moyasar {
	/** A credential for the simulator. */
	readonly credential: Credential;
	/** The fields of a credential for the simulator, with changes. */
	credentialData(changes?: CredentialData): CredentialData;
	createCredential(changes?: CredentialData): Promise<Credential>;
	/** Imports a workflow that consists of a Moyasar Trigger, without publishing it. */
	import(parameters?: Record<string, unknown>, credential?: Credential): Promise<PollingWorkflow>;
	/** Imports such a workflow and publishes it; it is unpublished after the test. */
	publish(parameters?: Record<string, unknown>): Promise<PollingWorkflow>;
	/** Waits until this many polls that start from now on have read their first page. */
	polls(count: number): Promise<void>;
}

const credentials = { moyasarApi: { id: null, name: 'Moyasar account' } };

/** A Moyasar node. */
export function moyasarNode(parameters: Record<string, unknown>): NodeJson {
	return node('Moyasar', 'n8n-nodes-moyasar.moyasar', parameters, { credentials });
}

const EVERY_SECOND = pollAtSeconds(Array.from({ length: 60 }, (_, second) => second));

/** Adds Moyasar to a test bed. Resets Moyasar before each test. */
export function useMoyasar(testBed: TestBed): MoyasarTestBed {
	const unpublishLater = useUnpublishing(testBed);
	let credential: Credential;
	const moyasar = () => testBed.simulator.moyasar;

	beforeAll(async () => {
		credential = await added.createCredential();
	});
	beforeEach(() => moyasar().control.reset());

	const added: MoyasarTestBed = {
		get baseUrl() {
			return moyasar().baseUrl;
		},
		get keys() {
			return moyasar().keys;
		},
		get control() {
			return moyasar().control;
		},
		get credential() {
			return credential;
		},
		credentialData: (changes) => {
			const data = { ...moyasarData(moyasar()), ...changes };
			if (data.secretKey) testBed.secrets.add(data.secretKey);
			return data;
		},
		createCredential: async (changes) =>
			await testBed.n8n.api.createCredential(
				'moyasarApi',
				'Moyasar account',
				added.credentialData(changes),
			),
		import: async (parameters, chosen = credential) => {
			const trigger = node(
				'Moyasar Trigger',
				'n8n-nodes-moyasar.moyasarTrigger',
				{ pollTimes: EVERY_SECOND, ...parameters },
				{ credentials },
			);
			const id = await testBed.n8n.api.importWorkflow(chain(trigger), [chosen]);
			return pollingWorkflow(id, trigger);
		},
		publish: async (parameters) => {
			const imported = await added.import(parameters);
			unpublishLater(imported.id);
			await testBed.n8n.api.publish(imported.id);
			return imported;
		},
		polls: async (count) => {
			const polls = () => moyasar().control.requests().filter(isFinishedPoll).length;
			const before = polls();
			await until(`${count} polls`, () => polls() >= before + count || undefined);
		},
	};

	function pollingWorkflow(id: string, trigger: NodeJson): PollingWorkflow {
		const { api } = testBed.n8n;
		const workflow: PollingWorkflow = {
			id,
			change: async (parameters) => {
				const changed = { ...trigger, parameters: { ...trigger.parameters, ...parameters } };
				await api.changeWorkflow(id, chain(changed), [credential]);
				await api.publish(id);
			},
			executions: async () => await api.executions(id),
			started: async () => {
				const summaries = await api.executions(id);
				const executions = await Promise.all(summaries.map((summary) => api.finished(summary.id)));
				return executions.flatMap(({ nodes }) => itemsOf(nodes['Moyasar Trigger']));
			},
			startedBy: async (count) => {
				await until(`${count} payments to start workflow ${id}`, async () =>
					(await workflow.started()).length >= count ? true : undefined,
				);
				await added.polls(2);
				return await workflow.started();
			},
		};
		return workflow;
	}

	return added;
}

const isFinishedPoll = ({ query, answeredAt }: MoyasarRequest) =>
	('created[gt]' in query || 'updated[gt]' in query) && query.page === '1' && answeredAt !== null;
