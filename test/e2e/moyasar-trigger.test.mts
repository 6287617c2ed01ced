import axios from 'axios';
import { itemsOf } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import type { MoyasarPayment } from '../../simulator/index.mts';
import { useMoyasar } from './harness/moyasar.mts';
import { testThatSecretsStaySecret, useTestBed } from './harness/testBed.mts';

const testBed = useTestBed();
const moyasar = useMoyasar(testBed);

/** Moyasar's example of a customer's payment. */
const ofCustomer = { metadata: { customer_id: 'CUST-9' } };

/** A poll reads more than two pages for this many payments. */
const MANY = 90;

/** Only the publication polls. */
const ONCE_A_YEAR = { item: [{ mode: 'custom', cronExpression: '0 0 0 29 2 *' }] };

const idsOf = (payments: Array<{ id?: unknown }>) => payments.map(({ id }) => id);

/** Adds payments one millisecond apart, oldest first. */
function pay(count: number): MoyasarPayment[] {
	const now = Date.now();
	return Array.from({ length: count }, (_, index) =>
		moyasar.control.addPayment({ ...ofCustomer, createdAt: new Date(now - count + index) }),
	);
}

const failOnSecondPage = () =>
	moyasar.control.injectFault({
		kind: 'status',
		status: 500,
		// Each request is tried four times.
		match: { path: /[?&]page=2(&|$)/, times: 4 },
	});

const isUp = async () =>
	await axios.get(`${testBed.n8n.url}/healthz`, { proxy: false }).then(
		() => true,
		() => false,
	);

test('starts with its publication; each payment starts it once, oldest first', async () => {
	pay(3);
	const workflow = await moyasar.publish();
	await moyasar.polls(2);

	const first = pay(2);
	await workflow.startedBy(2);
	const sameMoment = { ...ofCustomer, createdAt: new Date() };
	const next = [1, 2, 3].map(() => moyasar.control.addPayment(sameMoment));

	const started = await workflow.startedBy(5);
	expect(idsOf(started)).toStrictEqual(idsOf([...first, ...next]));
	expect(started[0]).toMatchObject({ amount: 100, amount_decimal: '1.00', currency: 'SAR' });
});

test('a poll that fails on its second page loses nothing and repeats nothing', async () => {
	const workflow = await moyasar.publish();
	failOnSecondPage();

	const payments = pay(MANY);

	expect(idsOf(await workflow.startedBy(MANY))).toStrictEqual(idsOf(payments));
	const [failed, ...others] = await workflow.executions();
	expect(others.map(({ status }) => status)).toStrictEqual(['success']);
	expect((await testBed.n8n.api.finished(failed?.id ?? '')).error?.message).toBe(
		'Moyasar could not respond because of a fault on its side (HTTP 500)',
	);
});

test('a payment does not start it that was made while the workflow was unpublished', async () => {
	const workflow = await moyasar.publish();
	const [before] = pay(1);
	await workflow.startedBy(1);

	await testBed.n8n.api.unpublish(workflow.id);
	pay(3);
	await testBed.n8n.api.publish(workflow.id);
	await moyasar.polls(2);
	const [after] = pay(1);

	expect(idsOf(await workflow.startedBy(2))).toStrictEqual([before?.id, after?.id]);
});

test('continues where it was when a change of the workflow is published', async () => {
	const workflow = await moyasar.publish({ pollTimes: ONCE_A_YEAR });
	const meanwhile = pay(2);

	await workflow.change({ simplify: false });

	await until('an execution', async () => (await workflow.started()).length > 0 || undefined);
	expect(await workflow.started()).toStrictEqual(meanwhile);
});

test('returns the newest five when it is run manually', async () => {
	const payments = pay(7);
	const { id } = await moyasar.import();

	const { status, nodes } = await testBed.n8n.api.runManually(id, 'Moyasar Trigger');

	expect(status).toBe('success');
	expect(idsOf(itemsOf(nodes['Moyasar Trigger']))).toStrictEqual(idsOf(payments.slice(2)));
});

describe('across a restart of n8n', () => {
	test('continues where it was, with the payments made meanwhile', async () => {
		const workflow = await moyasar.publish();
		const before = pay(2);
		await workflow.startedBy(2);

		const restarted = testBed.n8n.restart();
		await until('n8n to be down', async () => ((await isUp()) ? undefined : true));
		const meanwhile = pay(MANY);
		await restarted;
		expect(idsOf(await workflow.startedBy(MANY + 2))).toStrictEqual(
			idsOf([...before, ...meanwhile]),
		);

		const [after] = pay(1);
		expect((await workflow.startedBy(MANY + 3)).at(-1)).toMatchObject({ id: after?.id });
	});

	test('continues where it was when n8n was killed and Moyasar fails afterwards', async () => {
		const workflow = await moyasar.publish();
		const before = pay(1);
		await workflow.startedBy(1);
		const later = pay(1);
		await workflow.startedBy(2);

		await testBed.n8n.kill();
		const meanwhile = pay(MANY);
		failOnSecondPage();
		await testBed.n8n.restart();

		expect(idsOf(await workflow.startedBy(MANY + 2))).toStrictEqual(
			idsOf([...before, ...later, ...meanwhile]),
		);
	});

	test('on both events, continues when n8n was killed and Moyasar is unavailable while it starts', async () => {
		const [old, untouched] = pay(2);
		const onUpdates = await moyasar.publish({
			event: 'updatedPayment',
			statuses: ['paid', 'refunded'],
		});
		const change = (status: string) => moyasar.control.updatePayment(old?.id ?? '', { status });
		const updates = async (count: number) =>
			(await onUpdates.startedBy(count)).map(({ id, status }) => ({ id, status }));
		change('failed');
		await moyasar.polls(2);
		change('paid');
		expect(await updates(1)).toStrictEqual([{ id: old?.id, status: 'paid' }]);
		const onPayments = await moyasar.publish();

		await testBed.n8n.kill();
		const meanwhile = pay(2);
		change('refunded');
		moyasar.control.injectFault({ kind: 'status', status: 503 });
		const logLength = testBed.n8n.log().length;
		await testBed.n8n.restart();
		await until(
			'the first poll to fail',
			() => testBed.n8n.log().includes('The first poll of', logLength) || undefined,
		);
		moyasar.control.clearFaults();

		expect(idsOf(await onPayments.startedBy(2))).toStrictEqual(idsOf(meanwhile));
		expect(await updates(4)).toStrictEqual([
			{ id: old?.id, status: 'paid' },
			...meanwhile.map(({ id }) => ({ id, status: 'paid' })),
			{ id: old?.id, status: 'refunded' },
		]);
		expect(idsOf(await onUpdates.started())).not.toContain(untouched?.id);
		expect(idsOf(await onPayments.started())).toStrictEqual(idsOf(meanwhile));
	});
});

testThatSecretsStaySecret(testBed);
