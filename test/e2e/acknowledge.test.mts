import axios from 'axios';
import { until } from '../../harness/n8n/until.mts';
import { exampleInvoiceRequest, type RsomPayEvent } from '../../simulator/index.mts';
import {
	type Hook,
	type HookSettings,
	testThatSecretsStaySecret,
	useBench,
} from './harness/bench.mts';
import { paymentCompleted, statusChanged } from './harness/events.mts';
import { actionNode, dropNode, failNode, node, waitNode } from './harness/workflows.mts';

const bench = useBench();

const RECEIVED_BEFORE = { status: 200, body: '{"message":"Event received before"}' };
const UNDER_WAY = { status: 503, headers: { 'retry-after': '5' } };

/** Publishes a workflow whose trigger acknowledges when the workflow has finished. */
const publish = async (next: HookSettings['next'], events = ['*']): Promise<Hook> =>
	await bench.publish({ parameters: { events, options: { acknowledge: 'lastNode' } }, next });

const statusesOf = async (hook: Hook) => (await hook.executions()).map(({ status }) => status);

const oneRunStarted = async (hook: Hook) =>
	await until('a run', async () => (await statusesOf(hook))[0] === 'running' || undefined);

/** Delivers as a caller that hangs up after a second. */
async function deliverInAHurry(hook: Hook, event: RsomPayEvent) {
	const { control } = bench.simulator;
	control.configure({ deliveryTimeoutMs: 1_000 });
	await expect(hook.deliver(event)).rejects.toThrow('timeout');
	control.configure({ deliveryTimeoutMs: 10_000 });
}

/** Creates an invoice whose webhooks go to this workflow, and pays it; RsomPay sends one event. */
async function pay(hook: Hook, retryDelaysMs: number[]): Promise<void> {
	const { apiBaseUrl, apiToken, control } = bench.simulator;
	control.configure({ events: ['payment.completed'], retryDelaysMs });
	await axios.post(
		`${apiBaseUrl}/invoices`,
		{ ...exampleInvoiceRequest, notification_url: hook.url },
		{ headers: { Authorization: `Bearer ${apiToken}` }, proxy: false },
	);
	control.payInvoice(exampleInvoiceRequest.external_id);
}

describe('a workflow that fails', () => {
	test('is not acknowledged, and runs again when RsomPay repeats the event', async () => {
		const { control } = bench.simulator;
		const getInvoice = actionNode({
			resource: 'invoice',
			operation: 'get',
			reference: '={{ $json.invoice.external_id }}',
			options: { maxRetries: 0 },
		});
		const hook = await publish([getInvoice]);
		control.injectFault({ kind: 'status', status: 500, match: { method: 'GET', times: 2 } });

		await pay(hook, [200, 200, 200]);
		await control.settleDeliveries();

		expect(control.deliveries()).toMatchObject([{ status: 500 }, { status: 500 }, { status: 200 }]);
		expect(await statusesOf(hook)).toStrictEqual(['error', 'error', 'success']);
	});
});

describe('a workflow that succeeds', () => {
	test('is acknowledged when it has ended, and the event does not run again', async () => {
		const hook = await publish([waitNode(1)]);
		const event = paymentCompleted();

		expect(await hook.deliver(event)).toMatchObject({ status: 200 });
		expect(await statusesOf(hook)).toStrictEqual(['success']);

		expect(await hook.deliver(event)).toMatchObject(RECEIVED_BEFORE);
		expect(await hook.executions()).toHaveLength(1);
	});

	test('is acknowledged too when it ends without an item', async () => {
		const hook = await publish([dropNode(), node('Never', 'n8n-nodes-base.noOp')]);
		const event = paymentCompleted();

		expect(await hook.deliver(event)).toMatchObject({ status: 200 });
		expect(await hook.deliver(event)).toMatchObject(RECEIVED_BEFORE);
		expect(await statusesOf(hook)).toStrictEqual(['success']);
	});
});

describe('while a workflow runs', () => {
	test('the same event is asked to come back later', async () => {
		const hook = await publish([waitNode(3)]);
		const event = paymentCompleted();

		const first = hook.deliver(event);
		await oneRunStarted(hook);
		expect(await hook.deliver(event)).toMatchObject(UNDER_WAY);

		expect(await first).toMatchObject({ status: 200 });
		expect(await hook.deliver(event)).toMatchObject(RECEIVED_BEFORE);
		expect(await statusesOf(hook)).toStrictEqual(['success']);
	});

	test('a caller that hangs up does not make it run twice', async () => {
		const hook = await publish([waitNode(4)]);
		const event = paymentCompleted();

		await deliverInAHurry(hook, event);
		await oneRunStarted(hook);
		expect(await hook.deliver(event)).toMatchObject(UNDER_WAY);

		await until(
			'the run to end',
			async () => (await statusesOf(hook))[0] === 'success' || undefined,
		);
		await until('the event to be acknowledged', async () => {
			const { status } = await hook.deliver(event);
			return status === 200 || undefined;
		});
		expect(await hook.executions()).toHaveLength(1);
	});

	test('and fails after the caller has hung up, the event runs again', async () => {
		const hook = await publish([waitNode(2), failNode()]);
		const event = paymentCompleted();

		await deliverInAHurry(hook, event);
		await until('the run to end', async () => (await statusesOf(hook))[0] === 'error' || undefined);

		await until('the event to run again', async () => {
			const { status } = await hook.deliver(event);
			return status === 500 || undefined;
		});
		expect(await statusesOf(hook)).toStrictEqual(['error', 'error']);
	});
});

describe('after n8n was killed', () => {
	test('a run that was half-way or had failed runs again; one that had succeeded does not', async () => {
		const { control } = bench.simulator;
		const succeeded = await publish([], ['payment.completed']);
		const failed = await publish([failNode()]);
		const halfWay = await publish([waitNode(3)]);
		const event = paymentCompleted();
		await succeeded.deliver(event);
		// Written down with a later one that starts no run: RsomPay sends two for a payment.
		await succeeded.deliver(statusChanged('paid'));
		expect(await failed.deliver(event)).toMatchObject({ status: 500 });
		await pay(
			halfWay,
			Array.from({ length: 200 }, () => 500),
		);
		await oneRunStarted(halfWay);

		await bench.n8n.kill();
		const untilKilled = await until('the connection to break', () => {
			const deliveries = control.deliveries().filter(({ url }) => url === halfWay.url);
			return deliveries[0]?.error ? deliveries : undefined;
		});
		for (const { status } of untilKilled) expect(status).toBeNull();

		await bench.n8n.restart();
		await control.settleDeliveries({ timeoutMs: 60_000 });
		expect(control.deliveries().at(-1)).toMatchObject({ url: halfWay.url, status: 200 });
		expect(await statusesOf(halfWay)).toStrictEqual(['crashed', 'success']);
		expect(await failed.deliver(event)).toMatchObject({ status: 500 });
		expect(await statusesOf(failed)).toStrictEqual(['error', 'error']);
		expect(await succeeded.deliver(event)).toMatchObject(RECEIVED_BEFORE);
		expect(await succeeded.executions()).toHaveLength(1);
	});
});

testThatSecretsStaySecret(bench);
