import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { IExecuteFunctions, INode, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import { DedupeStore } from '../../../../../nodes/RsomPay/webhook/dedupeStore.ts';
import {
	beginDelivery,
	execute,
	withDelivery,
} from '../../../../../nodes/RsomPay/webhook/execute.ts';
import { Deduplicator } from '../../../../deduplicator.mts';
import { contextOf, WORKFLOW_ID } from './executionContext.mts';

/** How an execution ended, as n8n hands it from one handler to the next. */
interface Run {
	status?: string;
	hasError?: boolean;
}

type EndHandler = (run: Run) => Promise<void>;

const NODE = { id: 'node', name: 'RsomPay Trigger' } as INode;

/** The context of a webhook of this process. */
const webhook = {
	getWorkflow: () => ({ id: WORKFLOW_ID }),
	getNode: () => NODE,
} as unknown as IWebhookFunctions;

/** The item that starts an execution in this process. */
function startHere(eventId: string): INodeExecutionData {
	const json = { ...EVENT, event_id: eventId };
	const [[item] = []] = withDelivery(webhook, [[{ json }]], 'deliveries', eventId, true);
	if (!item) throw new Error('no item');
	return item;
}

const MINUTE_MS = 60_000;

/** How long a run counts as alive without a sign of life. */
const LEASE_MS = MINUTE_MS;

const EVENT = { event_id: 'e-1', event: 'payment.completed' };

let table: Deduplicator;
let warnings: string[];
/** What n8n calls at the end of each execution that has begun. */
let executions: EndHandler[][];
/** n8n's own handler, which saves the execution. */
let saveExecution: () => void;

beforeEach(() => {
	table = new Deduplicator();
	table.latency = 2;
	warnings = [];
	executions = [];
	saveExecution = () => undefined;
	jest.useFakeTimers({ advanceTimers: true });
});

// A run extends its lease until it ends.
afterEach(async () => {
	restoreDatabase();
	for (const handlers of executions) await endAs('error', handlers);
	jest.runAllTimers();
	jest.useRealTimers();
});

/** An item whose execution another process has started. */
const startedElsewhere = (eventId: string, untilSuccess = false, holder = crypto.randomUUID()) => ({
	json: { ...EVENT, event_id: eventId },
	delivery: { key: `deliveries ${eventId}`, holder, untilSuccess },
});

interface Execution {
	output: Promise<INodeExecutionData[][]>;
	/** Ends the execution, as n8n reports it to its hooks. */
	end(status: string): Promise<void>;
}

/** Runs the trigger as n8n does on a worker. */
function run(
	item: INodeExecutionData,
	change: (context: IExecuteFunctions) => void = () => undefined,
): Execution {
	const node = NODE;
	const workflowExecuteAfter: EndHandler[] = [
		async (ended) => {
			await nextTurn();
			if (ended.hasError) ended.status = 'error';
		},
		async () => {
			await nextTurn();
			saveExecution();
		},
	];
	executions.push(workflowExecuteAfter);
	const context = Object.assign(contextOf(table, node), {
		getExecutionCancelSignal: () => undefined,
		getExecutionId: () => '7',
		getInputData: () => [structuredClone(item)],
		getNode: () => structuredClone(node),
		logger: { warn: (message: string) => warnings.push(message) },
		additionalData: { hooks: { handlers: { workflowExecuteAfter } } },
	}) as unknown as IExecuteFunctions;
	change(context);
	return {
		output: execute(context),
		end: async (status) => {
			await endAs(status, workflowExecuteAfter);
		},
	};
}

/** Ends an execution as n8n does: when its own handler fails, it calls all again, once. */
async function endAs(status: string, handlers: EndHandler[]): Promise<void> {
	const callAll = async (ended: Run) => {
		for (const handler of [...handlers]) await handler(ended);
	};
	await callAll({ status }).catch(async () => {
		await callAll({ status, hasError: true }).catch(() => undefined);
	});
}

const RUNS = [[{ json: { ...EVENT } }]];
const RUNS_NOT = [[]];

test('outputs the item of this process without asking the database', async () => {
	table.onQuery = () => {
		throw new Error('asked');
	};
	expect(await run(startHere('e-1')).output).toStrictEqual(RUNS);
	expect(warnings).toStrictEqual([]);
});

test('outputs the item of a test in the editor, and of an execution that an older version started', async () => {
	expect(await run({ json: EVENT }).output).toStrictEqual(RUNS);
	expect(await run({ json: EVENT, delivery: 'other' }).output).toStrictEqual(RUNS);
});

describe('an event that other processes have started', () => {
	test('is output once, and again by the execution that n8n runs again', async () => {
		const items = [1, 2, 3, 4].map(() => startedElsewhere('e-1'));
		const outputs = await Promise.all(items.map(async (item) => await run(item).output));
		const isRun = (output: INodeExecutionData[][]) => output[0]?.length === 1;

		expect(outputs.filter(isRun)).toStrictEqual(RUNS.map(() => RUNS[0]).map((list) => [list]));
		const again = await Promise.all(items.map(async (item) => await run(item).output));
		expect(again.map(isRun)).toContain(true);
		expect(isRun(again[outputs.findIndex(isRun)] ?? [])).toBe(true);
	});

	test.each(['success', 'waiting'])(
		'outputs nothing after a run with status %s',
		async (status) => {
			const first = run(startedElsewhere('e-1', true));
			expect(await first.output).toStrictEqual(RUNS);
			const second = run(startedElsewhere('e-1', true));
			await first.end(status);

			expect(await second.output).toStrictEqual(RUNS_NOT);
			expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS_NOT);
		},
	);

	test.each(['error', 'canceled', 'crashed'])(
		'runs again after a run with status %s',
		async (status) => {
			const first = run(startedElsewhere('e-1', true));
			expect(await first.output).toStrictEqual(RUNS);
			await first.end(status);
			const second = run(startedElsewhere('e-1', true));
			expect(await second.output).toStrictEqual(RUNS);
			await second.end('success');

			expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS_NOT);
		},
	);

	test('fails while another execution of it runs, so that RsomPay sends it again', async () => {
		expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS);

		await expect(run(startedElsewhere('e-1', true)).output).rejects.toThrow(
			'The same event is running already',
		);
	}, 15_000);
});

describe('an event whose execution has not run here', () => {
	let store: DedupeStore;
	const begin = (eventId: string) => beginDelivery(webhook, store, 'deliveries', eventId);

	/** Begins an event, and starts its execution. */
	const beginAndStart = (eventId: string) => {
		expect(begin(eventId)).toBe('new');
		return startHere(eventId);
	};

	beforeEach(() => {
		store = new DedupeStore();
	});

	test('is in flight for 10 minutes, each time', () => {
		for (let time = 0; time < 2; time++) {
			beginAndStart('lost');
			jest.advanceTimersByTime(10 * MINUTE_MS - 1_000);
			expect(begin('lost')).toBe('inFlight');
			jest.advanceTimersByTime(1_000);
		}
		expect(begin('lost')).toBe('new');
		expect(begin('lost')).toBe('inFlight');
	});

	test('is in flight when it has begun to run here, however long that takes', async () => {
		await run(beginAndStart('long')).output;
		jest.advanceTimersByTime(60 * MINUTE_MS);

		expect(begin('long')).toBe('inFlight');
	});

	test('is a duplicate once it is committed', () => {
		beginAndStart('accepted');
		store.commit('accepted');
		jest.advanceTimersByTime(60 * MINUTE_MS);

		expect(begin('accepted')).toBe('duplicate');
	});

	test('runs once, also when both executions begin here after all', async () => {
		const first = beginAndStart('late');
		jest.advanceTimersByTime(10 * MINUTE_MS);
		const second = beginAndStart('late');

		expect(await run(second).output).toHaveProperty([0, 'length'], 1);
		await expect(run(first).output).rejects.toThrow('The same event is running already');
	}, 15_000);

	test('runs nothing when it has succeeded elsewhere', async () => {
		const first = run(startedElsewhere('done', true));
		await first.output;
		await first.end('success');
		beginAndStart('done');
		jest.advanceTimersByTime(10 * MINUTE_MS);

		expect(await run(beginAndStart('done')).output).toStrictEqual(RUNS_NOT);
	});
});

/** Lets time pass in steps in which queries end, which take real time. */
async function pass(ms: number): Promise<void> {
	const stepMs = LEASE_MS / 12;
	for (let passed = 0; passed < ms; passed += stepMs) {
		await jest.advanceTimersByTimeAsync(stepMs);
		await wait(3 * table.latency);
	}
}

const failDatabase = () => {
	table.onQuery = () => {
		throw new Error('Connection terminated');
	};
};

const restoreDatabase = () => {
	table.onQuery = () => undefined;
};

describe('when n8n cannot claim', () => {
	test.each<[string, (context: IExecuteFunctions) => void]>([
		[
			'because it has no table',
			({ helpers }) => Reflect.deleteProperty(helpers, 'getProcessedDataCount'),
		],
		['because it has no hooks', (context) => Object.assign(context, { additionalData: {} })],
	])('outputs the item and logs it, %s', async (_, change) => {
		expect(await run(startedElsewhere('e-1', true), change).output).toStrictEqual(RUNS);
		expect(warnings).toStrictEqual([
			'RsomPay Trigger cannot dedupe across the processes of this n8n',
		]);
	});

	test('because its database fails, an event that was acknowledged runs', async () => {
		await run(startedElsewhere('e-0')).output;
		failDatabase();

		expect(await run(startedElsewhere('e-1')).output).toStrictEqual(RUNS);
		expect(warnings).toStrictEqual([
			'RsomPay Trigger could not dedupe a delivery: Error: Connection terminated',
		]);
	});

	test('because its database fails, an event that RsomPay sends again fails', async () => {
		await run(startedElsewhere('e-0')).output;
		failDatabase();

		await expect(run(startedElsewhere('e-1', true)).output).rejects.toThrow(
			'Connection terminated',
		);
	});

	/** Ends a run while the database does not respond. */
	const endUnrecorded = async () => {
		const first = run(startedElsewhere('e-1', true));
		await first.output;
		failDatabase();
		await first.end('success');
		expect(warnings).toStrictEqual([
			'RsomPay Trigger could not update its claim: Error: Connection terminated',
		]);
	};

	test('a claim that cannot be updated is logged, and updated when the database responds', async () => {
		await endUnrecorded();
		await pass(LEASE_MS / 2);
		restoreDatabase();
		await pass(LEASE_MS / 4);

		expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS_NOT);
	});

	test('a claim whose end cannot be recorded is logged once, also when its lease can be extended', async () => {
		const first = run(startedElsewhere('e-1', true));
		await first.output;
		table.onQuery = (query) => {
			if (query === 'insert') throw new Error('Connection terminated');
		};
		await first.end('success');
		await pass(LEASE_MS);

		expect(warnings).toStrictEqual([
			'RsomPay Trigger could not update its claim: Error: Connection terminated',
		]);
	});

	test('a claim that cannot be updated for 5 minutes is given up, and the event runs again', async () => {
		await endUnrecorded();
		warnings = [];
		await pass(5 * MINUTE_MS);
		restoreDatabase();
		expect(warnings).toStrictEqual([
			'RsomPay Trigger gave up its claim: the event runs again if RsomPay sends it again',
		]);
		await pass(LEASE_MS);

		expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS);
	});
});

test('an event runs again when its execution was canceled before it began to run', async () => {
	const canceled = run(startedElsewhere('e-1', true), (context) => {
		context.getExecutionCancelSignal = () => AbortSignal.abort();
	});
	await canceled.output;

	expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS);
});

describe('when n8n cannot save how an execution ended', () => {
	/** Ends a run that n8n cannot save this many times. It tries twice. */
	const failToSave = async (status: string, times = 2) => {
		const first = run(startedElsewhere('e-1', true));
		await first.output;
		let left = times;
		saveExecution = () => {
			if (left-- > 0) throw new Error('Connection terminated');
		};
		await first.end(status);
		expect(left).toBeLessThanOrEqual(0);
		saveExecution = () => undefined;
	};

	test.each([1, 2])(
		'the event is a duplicate when its workflow has done its work (%i times)',
		async (times) => {
			await failToSave('success', times);

			expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS_NOT);
		},
	);

	test('the event runs again when its workflow has failed', async () => {
		await failToSave('error');

		expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS);
	});

	test('the event of an execution that waits runs again when n8n has saved that as a failure', async () => {
		await failToSave('waiting', 1);

		expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS);
	});

	test('the event of an execution that waits runs again when its lease has ended', async () => {
		await failToSave('waiting');
		await expect(run(startedElsewhere('e-1', true)).output).rejects.toThrow(
			'The same event is running already',
		);
		await pass(5 * MINUTE_MS + LEASE_MS);

		expect(await run(startedElsewhere('e-1', true)).output).toStrictEqual(RUNS);
	}, 15_000);
});
