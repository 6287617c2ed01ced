import { setTimeout as sleep } from 'node:timers/promises';

import { eventAbout } from './harness/events.mts';
import type { Execution } from './harness/execution.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { visit } from './harness/visit.mts';

const bench = useRsomPay();

const SUCCESS = { status: 'success', external_id: 'INV-1', reference_number: 'INV-42-001' };

const deliver = async (execution: Execution) => {
	const before = Date.now();
	const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });
	return { status, elapsedMs: Date.now() - before };
};

const payAndDeliver = async (execution: Execution) => {
	bench.simulator.control.payInvoice('INV-1');
	return await deliver(execution);
};

beforeEach(() => {
	bench.simulator.control.configure({ events: [] });
});

describe('when customers return to this execution', () => {
	test('who comes a second after the webhook sees the result, and the execution resumes once', async () => {
		const execution = await bench.wait({}, { create: { returnTo: 'execution' } });
		const delivery = payAndDeliver(execution);
		await sleep(1_000);
		expect(execution.status).toBe('waiting');

		const page = await visit(execution.url, SUCCESS);
		await execution.ended();

		expect(page).toMatchObject({ status: 200, heading: 'Paid' });
		// RsomPay's repetition of a 503 finds that the execution has resumed.
		expect([200, 503]).toContain((await delivery).status);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
		expect(execution.soFar().items('After')).toMatchObject([{ json: { status: 'paid' } }]);
	});

	test('the execution resumes after two seconds when none comes', async () => {
		const execution = await bench.wait({}, { create: { returnTo: 'execution' } });

		const { status, elapsedMs } = await payAndDeliver(execution);
		await execution.ended();

		expect(status).toBe(200);
		expect(elapsedMs).toBeGreaterThanOrEqual(2_000);
		expect(elapsedMs).toBeLessThan(3_500);
	});

	test('a visit before the payment does not count', async () => {
		const execution = await bench.wait({}, { create: { returnTo: 'execution' } });
		bench.simulator.control.failInvoice('INV-1');
		await visit(execution.url, { ...SUCCESS, status: 'failed' });
		await bench.n8n.server.idle();

		const { elapsedMs } = await payAndDeliver(execution);
		await execution.ended();

		expect(elapsedMs).toBeGreaterThanOrEqual(2_000);
	});

	test('the execution resumes at once when the customer has been there', async () => {
		const execution = await bench.wait(
			{},
			{ create: { returnTo: 'execution' }, ids: ['INV-1', 'INV-2'] },
		);
		bench.simulator.control.payInvoice('INV-1');
		await visit(execution.url, SUCCESS);
		await bench.n8n.server.idle();
		bench.simulator.control.payInvoice('INV-2');

		const { status, elapsedMs } = await deliver(execution);
		await execution.ended();

		expect(status).toBe(200);
		expect(elapsedMs).toBeLessThan(2_000);
	});
});

test('the execution resumes at once when customers return elsewhere', async () => {
	const execution = await bench.wait();

	const { status, elapsedMs } = await payAndDeliver(execution);
	await execution.ended();

	expect(status).toBe(200);
	expect(elapsedMs).toBeLessThan(2_000);
});
