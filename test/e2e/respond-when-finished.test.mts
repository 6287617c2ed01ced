import { until } from '../../harness/n8n/until.mts';
import { node } from '../../harness/workflows.mts';
import { exampleInvoiceRequest, type RsomPayEvent } from '../../simulator/index.mts';
import { paymentCompleted, statusChanged } from './harness/events.mts';
import {
	testThatSecretsStaySecret,
	type TriggerSettings,
	type TriggerWorkflow,
	useTestBed,
} from './harness/testBed.mts';
import { actionNode, dropNode, failNode, waitNode } from './harness/workflows.mts';

const testBed = useTestBed();

const DUPLICATE = { status: 200, body: '{"message":"Event received before"}' };
const IN_FLIGHT = { status: 503, headers: { 'retry-after': '5' } };

/** Publishes a workflow whose trigger responds when the workflow has finished. */
const publish = async (next: TriggerSettings['next'], events = ['*']): Promise<TriggerWorkflow> =>
	await testBed.publish({ parameters: { events, options: { acknowledge: 'lastNode' } }, next });

const statusesOf = async (workflow: TriggerWorkflow) =>
	(await workflow.executions()).map(({ status }) => status);

/** Waits until the first execution has this status. */
const firstExecution = async (workflow: TriggerWorkflow, status: string) =>
	await until(
		`an execution with status ${status}`,
		async () => (await statusesOf(workflow))[0] === status || undefined,
	);

/** Delivers an event and closes the connection after a second, before the response. */
async function deliverAndHangUp(workflow: TriggerWorkflow, event: RsomPayEvent) {
	const { control } = testBed.simulator;
	control.configure({ deliveryTimeoutMs: 1_000 });
	await expect(workflow.deliver(event)).rejects.toThrow('timeout');
	control.configure({ deliveryTimeoutMs: 10_000 });
}

/** Creates an invoice that notifies this workflow, and pays it; RsomPay sends one event. */
async function pay({ url }: TriggerWorkflow, retryDelaysMs: number[]): Promise<void> {
	const { control } = testBed.simulator;
	control.configure({ events: ['payment.completed'], retryDelaysMs });
	await testBed.issue({ notification_url: url });
	control.payInvoice(exampleInvoiceRequest.external_id);
}

test('a failed execution: returns 500, and the retry starts another one', async () => {
	const { control } = testBed.simulator;
	const getInvoice = actionNode({
		resource: 'invoice',
		operation: 'get',
		reference: '={{ $json.invoice.external_id }}',
		options: { maxRetries: 0 },
	});
	const workflow = await publish([getInvoice]);
	control.injectFault({ kind: 'status', status: 500, match: { method: 'GET', times: 2 } });

	await pay(workflow, [200, 200, 200]);
	await control.settleDeliveries();

	expect(control.deliveries()).toMatchObject([{ status: 500 }, { status: 500 }, { status: 200 }]);
	expect(await statusesOf(workflow)).toStrictEqual(['error', 'error', 'success']);
});

test('an execution that ends without an item: returns 200', async () => {
	const workflow = await publish([dropNode(), node('Never', 'n8n-nodes-base.noOp')]);
	const event = paymentCompleted();

	expect(await workflow.deliver(event)).toMatchObject({ status: 200 });
	expect(await workflow.deliver(event)).toMatchObject(DUPLICATE);
	expect(await statusesOf(workflow)).toStrictEqual(['success']);
});

describe('while the execution runs', () => {
	test('the same event gets 503, and 200 after it has finished', async () => {
		const workflow = await publish([waitNode(3)]);
		const event = paymentCompleted();

		const first = workflow.deliver(event);
		await firstExecution(workflow, 'running');
		expect(await workflow.deliver(event)).toMatchObject(IN_FLIGHT);

		expect(await first).toMatchObject({ status: 200 });
		expect(await workflow.deliver(event)).toMatchObject(DUPLICATE);
		expect(await statusesOf(workflow)).toStrictEqual(['success']);
	});

	test('a sender that hangs up does not start a second one', async () => {
		const workflow = await publish([waitNode(4)]);
		const event = paymentCompleted();

		await deliverAndHangUp(workflow, event);
		await firstExecution(workflow, 'running');
		expect(await workflow.deliver(event)).toMatchObject(IN_FLIGHT);

		await firstExecution(workflow, 'success');
		await until('the event to be a duplicate', async () => {
			const { status } = await workflow.deliver(event);
			return status === 200 || undefined;
		});
		expect(await workflow.executions()).toHaveLength(1);
	});

	test('a sender that hangs up can retry the event if it fails', async () => {
		const workflow = await publish([waitNode(2), failNode()]);
		const event = paymentCompleted();

		await deliverAndHangUp(workflow, event);
		await firstExecution(workflow, 'error');

		await until('the event to start another execution', async () => {
			const { status } = await workflow.deliver(event);
			return status === 500 || undefined;
		});
		expect(await statusesOf(workflow)).toStrictEqual(['error', 'error']);
	});
});

test('after n8n was killed, an event starts another execution unless the first had succeeded', async () => {
	const { control } = testBed.simulator;
	const succeeded = await publish([], ['payment.completed']);
	const failed = await publish([failNode()]);
	const running = await publish([waitNode(3)]);
	const event = paymentCompleted();
	await succeeded.deliver(event);
	// It is saved with a later event that starts nothing: RsomPay sends two for a payment.
	await succeeded.deliver(statusChanged('paid'));
	expect(await failed.deliver(event)).toMatchObject({ status: 500 });
	await pay(
		running,
		Array.from({ length: 200 }, () => 500),
	);
	await firstExecution(running, 'running');

	await testBed.n8n.kill();
	const untilKilled = await until('the connection to break', () => {
		const deliveries = control.deliveries().filter(({ url }) => url === running.url);
		return deliveries[0]?.error ? deliveries : undefined;
	});
	for (const { status } of untilKilled) expect(status).toBeNull();

	await testBed.n8n.restart();
	await control.settleDeliveries({ timeoutMs: 60_000 });
	const last = control.deliveries().at(-1);
	expect(last).toMatchObject({ url: running.url, status: 200 });
	// n8n may have responded with 200 and "n8n is starting up", and dropped the event.
	expect(await control.repeatDelivery(last?.event_id ?? '')).toBe(200);
	expect(await statusesOf(running)).toStrictEqual(['crashed', 'success']);
	expect(await failed.deliver(event)).toMatchObject({ status: 500 });
	expect(await statusesOf(failed)).toStrictEqual(['error', 'error']);
	expect(await succeeded.deliver(event)).toMatchObject(DUPLICATE);
	expect(await succeeded.executions()).toHaveLength(1);
});

testThatSecretsStaySecret(testBed);
