import type { Credential, Execution, ExecutionSummary, Item } from '../../../harness/n8n/api.mts';
import { until } from '../../../harness/n8n/until.mts';
import type { Moyasar, MoyasarRequest } from '../../../simulator/index.mts';
import { type Bench, type CredentialData, itemsOf } from './bench.mts';
import { chain, manualStart, node, type NodeJson } from './workflows.mts';

/** A workflow that is only a Moyasar Trigger. */
export interface Watch {
	readonly workflowId: string;
	/** Changes the trigger's parameters, and publishes that. */
	change(parameters: Record<string, unknown>): Promise<void>;
	/** Its executions as they stand, oldest first. */
	executions(): Promise<ExecutionSummary[]>;
	/** The payments that have started it, in order, once all its executions have ended. */
	started(): Promise<Array<Item['json']>>;
	/**
	 * Waits until so many payments have started it, and then for two more polls, in which none
	 * should.
	 */
	startedBy(count: number): Promise<Array<Item['json']>>;
}

/** The simulated Moyasar and its nodes on the real n8n of a bench. */
export interface MoyasarBench extends Moyasar {
	/** A credential that fits the simulator. */
	readonly credential: Credential;
	/** The fields of a credential that fits the simulator, some of them changed. */
	credentialData(changes?: CredentialData): CredentialData;
	createCredential(changes?: CredentialData): Promise<Credential>;
	/** Runs the Moyasar node by hand, and gives the execution as n8n stored it. */
	run(parameters: Record<string, unknown>): Promise<Execution>;
	/** Imports a workflow that is a Moyasar Trigger, without publishing it. */
	import(parameters?: Record<string, unknown>, credential?: Credential): Promise<Watch>;
	/** Imports and publishes one; it is unpublished after the test. */
	publish(parameters?: Record<string, unknown>): Promise<Watch>;
	/** Waits until so many polls, begun from now on, have read their first page. */
	polls(count: number): Promise<void>;
}

const credentials = { moyasarApi: { id: null, name: 'Moyasar account' } };

/** A Moyasar node. */
export function moyasarNode(parameters: Record<string, unknown>): NodeJson {
	return node('Moyasar', 'n8n-nodes-rsompay.moyasar', parameters, { credentials });
}

/** Every second: n8n refuses one schedule that is this dense, but not several thin ones. */
const OFTEN = {
	item: Array.from({ length: 60 }, (_, second) => ({
		mode: 'custom',
		cronExpression: `${second} * * * * *`,
	})),
};

/** Adds Moyasar to a bench. Before each test it is emptied. */
export function useMoyasar(bench: Bench): MoyasarBench {
	const published: string[] = [];
	let credential: Credential;
	const moyasar = () => bench.simulator.moyasar;

	beforeAll(async () => {
		credential = await added.createCredential();
	});
	beforeEach(() => moyasar().control.reset());
	afterEach(async () => {
		for (const id of published.splice(0)) await bench.n8n.api.unpublish(id);
	});

	const added: MoyasarBench = {
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
			const { baseUrl, keys } = moyasar();
			const data: CredentialData = { baseUrl, secretKey: keys.secret, ...changes };
			if (data.secretKey) bench.secrets.add(data.secretKey);
			return data;
		},
		createCredential: async (changes) =>
			await bench.n8n.api.createCredential(
				'moyasarApi',
				'Moyasar account',
				added.credentialData(changes),
			),
		run: async (parameters) => {
			const { api } = bench.n8n;
			const workflow = chain(...manualStart(), moyasarNode(parameters));
			const id = await api.importWorkflow(workflow, [credential]);
			return await api.runManually(id, 'Manual Trigger');
		},
		import: async (parameters, chosen = credential) => {
			const trigger = node(
				'Moyasar Trigger',
				'n8n-nodes-rsompay.moyasarTrigger',
				{ pollTimes: OFTEN, ...parameters },
				{ credentials },
			);
			const workflowId = await bench.n8n.api.importWorkflow(chain(trigger), [chosen]);
			return watch(workflowId, trigger);
		},
		publish: async (parameters) => {
			const imported = await added.import(parameters);
			published.push(imported.workflowId);
			await bench.n8n.api.publish(imported.workflowId);
			return imported;
		},
		polls: async (count) => {
			const polls = () => moyasar().control.requests().filter(isAnsweredPoll).length;
			const before = polls();
			await until(`${count} polls`, () => polls() >= before + count || undefined);
		},
	};

	function watch(workflowId: string, trigger: NodeJson): Watch {
		const { api } = bench.n8n;
		const watching: Watch = {
			workflowId,
			change: async (parameters) => {
				const changed = { ...trigger, parameters: { ...trigger.parameters, ...parameters } };
				await api.changeWorkflow(workflowId, chain(changed), [credential]);
				await api.publish(workflowId);
			},
			executions: async () => await api.executions(workflowId),
			started: async () => {
				const summaries = await api.executions(workflowId);
				const executions = await Promise.all(summaries.map(({ id }) => api.finished(id)));
				return executions.flatMap(({ nodes }) => itemsOf(nodes['Moyasar Trigger']));
			},
			startedBy: async (count) => {
				await until(`${count} payments to have started workflow ${workflowId}`, async () =>
					(await watching.started()).length >= count ? true : undefined,
				);
				await added.polls(2);
				return await watching.started();
			},
		};
		return watching;
	}

	return added;
}

const isAnsweredPoll = ({ query, answeredAt }: MoyasarRequest) =>
	('created[gt]' in query || 'updated[gt]' in query) && query.page === '1' && answeredAt !== null;
