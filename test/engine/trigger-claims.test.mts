import { randomUUID } from 'node:crypto';
import type { Workflow } from 'n8n-workflow';

import { exampleEvent } from '../../simulator/index.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { execute } from './harness/run-workflow.mts';
import { buildWorkflow } from './harness/workflows.mts';

const bench = useRsomPay();

/** A RsomPay Trigger and a node behind it. */
const eventWorkflow = (lastNode: string): Workflow =>
	buildWorkflow(bench.n8n, {
		id: randomUUID(),
		nodes: [
			{ name: 'RsomPay Trigger', type: 'n8n-nodes-rsompay.rsomPayTrigger', typeVersion: 2 },
			{ name: 'Last', type: lastNode },
		],
	});

/** Runs it as a worker does, for a webhook that another process has received. */
async function runOnWorker(workflow: Workflow) {
	const json = exampleEvent({ event_id: 'e-1' });
	const delivery = { key: 'deliveries e-1', holder: randomUUID(), untilSuccess: true };
	const items = [{ json: { ...json }, delivery }];
	const run = await execute(bench.n8n, workflow, 'RsomPay Trigger', [items], 'webhook').finished;
	return { status: run.status, hasRun: run.tasks('Last').length > 0 };
}

/** Makes n8n fail to save an execution. It tries twice. */
function failToSave(times: number): jest.SpyInstance {
	const save = jest.spyOn(bench.n8n.executions, 'save');
	for (let time = 0; time < times; time++) {
		save.mockImplementationOnce(() => {
			throw new Error('timeout exceeded when trying to connect');
		});
	}
	return save;
}

beforeEach(() => {
	jest.useFakeTimers({ advanceTimers: true });
	// n8n prints that it could not save an execution.
	jest.spyOn(console, 'error').mockImplementation();
});

// A run looks after its lease a while after it has ended.
afterEach(() => {
	jest.clearAllTimers();
	jest.useRealTimers();
	jest.restoreAllMocks();
});

test.each([0, 1, 2])(
	'an event that has succeeded does not run again, when n8n fails to save that %i times',
	async (times) => {
		const workflow = eventWorkflow('test.pass');
		const save = failToSave(times);

		expect(await runOnWorker(workflow)).toStrictEqual({ status: 'success', hasRun: true });

		expect(save).toHaveBeenCalledTimes(Math.min(times + 1, 2));
		expect(console.error).toHaveBeenCalledTimes(times === 2 ? 1 : 0);
		expect(await runOnWorker(workflow)).toStrictEqual({ status: 'success', hasRun: false });
	},
);

test.each([0, 1, 2])(
	'an event that has failed runs again, when n8n fails to save that %i times',
	async (times) => {
		const workflow = eventWorkflow('test.fail');
		const save = failToSave(times);

		for (let run = 0; run < 2; run++) {
			expect(await runOnWorker(workflow)).toStrictEqual({ status: 'error', hasRun: true });
		}
		expect(save.mock.results.filter(({ type }) => type === 'throw')).toHaveLength(times);
	},
);
