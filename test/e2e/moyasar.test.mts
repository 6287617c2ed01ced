import axios from 'axios';
import { until } from '../../harness/n8n/until.mts';
import type { MoyasarPayment } from '../../simulator/index.mts';
import { askAgent } from './harness/agent.mts';
import { containing, itemsOf, testThatSecretsStaySecret, useBench } from './harness/bench.mts';
import { moyasarNode, useMoyasar, type Watch } from './harness/moyasar.mts';

const bench = useBench();
const moyasar = useMoyasar(bench);

/** The page's example of a customer's payment. */
const ofCustomer = { metadata: { customer_id: 'CUST-9' } };

const GET_ALL = { resource: 'payment', operation: 'getAll', returnAll: true };

const idsOf = (payments: Array<{ id?: unknown }>) => payments.map(({ id }) => id);

/** Payments that come one after the other, oldest first. */
function pay(count: number): MoyasarPayment[] {
	const now = Date.now();
	return Array.from({ length: count }, (_, index) =>
		moyasar.control.addPayment({ ...ofCustomer, createdAt: new Date(now - count + index) }),
	);
}

describe('Get Many with Return All', () => {
	beforeEach(() => moyasar.control.seedPayments({ count: 150, ...ofCustomer }));

	test('reads all four pages, and makes ten fields of each payment', async () => {
		const { status, nodes } = await moyasar.run(GET_ALL);

		expect(status).toBe('success');
		expect(moyasar.control.requests()).toHaveLength(4);
		const payments = moyasar.control.payments();
		const items = itemsOf(nodes.Moyasar);
		expect(idsOf(items)).toStrictEqual(idsOf(payments));
		const [newest] = payments;
		expect(items[0]).toStrictEqual({
			id: newest?.id,
			status: newest?.status,
			amount: newest?.amount,
			amount_decimal: newest?.amount_format.replace(' SAR', ''),
			currency: 'SAR',
			source_type: newest?.source.type,
			source_company: newest?.source.company ?? null,
			source_number: newest?.source.number ?? null,
			description: newest?.description,
			created_at: newest?.created_at,
		});
	});

	test('gives the payments as they came with Simplify off', async () => {
		const { nodes } = await moyasar.run({ ...GET_ALL, simplify: false });

		expect(itemsOf(nodes.Moyasar)).toStrictEqual(moyasar.control.payments());
		expect(moyasar.control.requests()).toHaveLength(4);
	});

	test('is complete, though payments arrive and a page fails while it reads', async () => {
		moyasar.control.arriveBefore({ page: 3, count: 2, payment: ofCustomer });
		moyasar.control.injectFault({
			kind: 'status',
			status: 500,
			match: { path: /[?&]page=2(&|$)/, times: 1 },
		});

		const { nodes } = await moyasar.run(GET_ALL);

		expect(idsOf(itemsOf(nodes.Moyasar))).toStrictEqual(idsOf(moyasar.control.payments()));
		expect(moyasar.control.payments()).toHaveLength(152);
	});
});

test('Get Many applies its filters, dates and metadata included', async () => {
	const old = new Date('2026-05-17T20:59:59.999Z');
	moyasar.control.addPayment({ ...ofCustomer, createdAt: old });
	const wanted = moyasar.control.addPayment({
		...ofCustomer,
		createdAt: new Date('2026-05-17T21:00:00.000Z'),
	});
	moyasar.control.addPayment({ createdAt: new Date('2026-05-18T12:00:00.000Z') });

	const { nodes } = await moyasar.run({
		...GET_ALL,
		filters: {
			status: 'paid',
			createdFrom: '2026-05-18T00:00:00+03:00',
			metadata: { pair: [{ key: 'customer_id', value: 'CUST-9' }] },
		},
	});

	expect(idsOf(itemsOf(nodes.Moyasar))).toStrictEqual([wanted.id]);
});

test('Get reads one payment, and says when there is none', async () => {
	const payment = moyasar.control.addPayment(ofCustomer);
	const get = { resource: 'payment', operation: 'get', simplify: false };

	const { nodes } = await moyasar.run({ ...get, paymentId: payment.id });
	expect(itemsOf(nodes.Moyasar)).toStrictEqual([payment]);

	const { error } = await moyasar.run({ ...get, paymentId: 'no-such-payment' });
	expect(error?.message).toBe('Moyasar could not find the payment "no-such-payment" [Item 0]');
});

describe('the credential', () => {
	const answer = async (changes: Record<string, string> = {}) =>
		await bench.n8n.api.testCredential(moyasar.credential, moyasar.credentialData(changes));

	test('is tested: it works', async () => {
		expect(await answer()).toStrictEqual({ status: 'OK', message: 'Connection successful' });
	});

	test('is tested: a publishable key, which is not even sent', async () => {
		expect(await answer({ secretKey: moyasar.keys.publishable })).toStrictEqual({
			status: 'Error',
			message: containing('is a publishable key (pk_…), which cannot list payments'),
		});
		expect(moyasar.control.requests()).toStrictEqual([]);
	});

	test('is tested: a key that is not known', async () => {
		expect(await answer({ secretKey: 'sk_test_unknown' })).toStrictEqual({
			status: 'Error',
			message: containing('Moyasar did not accept the secret key. Check the Secret Key'),
		});
	});

	test('is tested: a key without the right', async () => {
		expect(await answer({ secretKey: moyasar.keys.unauthorized })).toStrictEqual({
			status: 'Error',
			message: containing('Moyasar does not allow this key to read payments.'),
		});
	});

	test('is tested: a firewall in between', async () => {
		moyasar.control.injectFault({ kind: 'firewall' });
		expect(await answer()).toStrictEqual({
			status: 'Error',
			message: containing('A firewall in front of Moyasar did not let the request through'),
		});
	});

	test('with a publishable key lets no trigger be published, and says why', async () => {
		const credential = await moyasar.createCredential({ secretKey: moyasar.keys.publishable });
		const { workflowId } = await moyasar.import({}, credential);

		await expect(bench.n8n.api.publish(workflowId)).rejects.toThrow(
			'is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard',
		);
		await bench.n8n.api.unpublish(workflowId);
		expect(moyasar.control.requests()).toStrictEqual([]);
	});
});

describe('the trigger on New Payment', () => {
	/** What a poll reads page after page: more than two of them. */
	const MANY = 90;

	/** Only what publishes the workflow polls. */
	const ONCE_A_YEAR = { item: [{ mode: 'custom', cronExpression: '0 0 0 29 2 *' }] };

	const failOnSecondPage = () =>
		moyasar.control.injectFault({
			kind: 'status',
			status: 500,
			// Each request is tried four times.
			match: { path: /[?&]page=2(&|$)/, times: 4 },
		});

	const isUp = async () =>
		await axios.get(`${bench.n8n.url}/healthz`, { proxy: false }).then(
			() => true,
			() => false,
		);

	test('starts from its publication, and each payment starts it once, oldest first', async () => {
		pay(3);
		const watch = await moyasar.publish();
		await moyasar.polls(2);

		const first = pay(2);
		await watch.startedBy(2);
		const sameMoment = { ...ofCustomer, createdAt: new Date() };
		const next = [1, 2, 3].map(() => moyasar.control.addPayment(sameMoment));

		const started = await watch.startedBy(5);
		expect(idsOf(started)).toStrictEqual(idsOf([...first, ...next]));
		expect(started[0]).toMatchObject({ amount: 100, amount_decimal: '1.00', currency: 'SAR' });
	});

	test('gives what has one of the statuses, as it came with Simplify off', async () => {
		const watch = await moyasar.publish({ statuses: ['paid', 'captured'], simplify: false });
		const paid = moyasar.control.addPayment(ofCustomer);
		moyasar.control.addPayment({ ...ofCustomer, status: 'failed' });

		expect(await watch.startedBy(1)).toStrictEqual([paid]);
	});

	test('loses nothing and repeats nothing when a poll fails on its second page', async () => {
		const watch = await moyasar.publish();
		failOnSecondPage();

		const payments = pay(MANY);

		expect(idsOf(await watch.startedBy(MANY))).toStrictEqual(idsOf(payments));
		const [failed, ...others] = await watch.executions();
		expect(others.map(({ status }) => status)).toStrictEqual(['success']);
		expect((await bench.n8n.api.finished(failed?.id ?? '')).error?.message).toBe(
			'Moyasar could not answer because of a fault on its side (HTTP 500)',
		);
	});

	describe('across a restart of n8n', () => {
		let watch: Watch;
		beforeEach(async () => {
			watch = await moyasar.publish();
		});

		test('goes on where it was, with the payments made meanwhile', async () => {
			const before = pay(2);
			await watch.startedBy(2);

			const restarted = bench.n8n.restart();
			await until('n8n to be down', async () => ((await isUp()) ? undefined : true));
			const meanwhile = pay(MANY);
			await restarted;
			expect(idsOf(await watch.startedBy(MANY + 2))).toStrictEqual(
				idsOf([...before, ...meanwhile]),
			);

			const [after] = pay(1);
			expect((await watch.startedBy(MANY + 3)).at(-1)).toMatchObject({ id: after?.id });
		});

		test('goes on where it was when n8n was killed, and Moyasar fails after it', async () => {
			const before = pay(1);
			await watch.startedBy(1);
			const later = pay(1);
			await watch.startedBy(2);

			await bench.n8n.kill();
			const meanwhile = pay(MANY);
			failOnSecondPage();
			await bench.n8n.restart();

			expect(idsOf(await watch.startedBy(MANY + 2))).toStrictEqual(
				idsOf([...before, ...later, ...meanwhile]),
			);
		});

		test('is not given up by n8n when Moyasar cannot be reached while n8n starts', async () => {
			await bench.n8n.kill();
			const meanwhile = pay(2);
			moyasar.control.injectFault({ kind: 'status', status: 503 });
			await bench.n8n.restart();
			await until(
				'the first poll to fail',
				() => bench.n8n.log().includes('The first poll of') || undefined,
			);
			moyasar.control.clearFaults();

			expect(idsOf(await watch.startedBy(2))).toStrictEqual(idsOf(meanwhile));
		});

		test('goes on from its publication when no payment has come before it', async () => {
			await bench.n8n.kill();
			const meanwhile = pay(2);
			await bench.n8n.restart();

			expect(idsOf(await watch.startedBy(2))).toStrictEqual(idsOf(meanwhile));
		});
	});

	test('does not give what was paid while the workflow was not published', async () => {
		const watch = await moyasar.publish();
		const [before] = pay(1);
		await watch.startedBy(1);

		await bench.n8n.api.unpublish(watch.workflowId);
		pay(3);
		await bench.n8n.api.publish(watch.workflowId);
		await moyasar.polls(2);
		const [after] = pay(1);

		expect(idsOf(await watch.startedBy(2))).toStrictEqual([before?.id, after?.id]);
	});

	test('goes on where it was when a change of the workflow is published', async () => {
		const watch = await moyasar.publish({ pollTimes: ONCE_A_YEAR });
		const meanwhile = pay(2);

		await watch.change({ simplify: false });

		await until('a run', async () => (await watch.started()).length > 0 || undefined);
		expect(await watch.started()).toStrictEqual(meanwhile);
	});

	test('gives the newest few when it is tried by hand', async () => {
		const payments = pay(7);
		const { workflowId } = await moyasar.import();

		const { status, nodes } = await bench.n8n.api.runManually(workflowId, 'Moyasar Trigger');

		expect(status).toBe('success');
		expect(idsOf(itemsOf(nodes['Moyasar Trigger']))).toStrictEqual(idsOf(payments.slice(2)));
	});
});

test('the trigger on Updated Payment gives each change once, across a kill of n8n', async () => {
	const [old, untouched] = pay(2);
	const watch = await moyasar.publish({ event: 'updatedPayment', statuses: ['paid', 'refunded'] });
	const change = (status: string) => moyasar.control.updatePayment(old?.id ?? '', { status });
	const seen = async (count: number) =>
		(await watch.startedBy(count)).map(({ id, status }) => ({ id, status }));

	change('failed');
	await moyasar.polls(2);
	change('paid');
	expect(await seen(1)).toStrictEqual([{ id: old?.id, status: 'paid' }]);

	await bench.n8n.kill();
	change('refunded');
	const created = moyasar.control.addPayment(ofCustomer);
	await bench.n8n.restart();

	expect(await seen(3)).toStrictEqual([
		{ id: old?.id, status: 'paid' },
		{ id: old?.id, status: 'refunded' },
		{ id: created.id, status: 'paid' },
	]);
	expect(idsOf(await watch.started())).not.toContain(untouched?.id);
});

test("is a tool of n8n's AI Agent, which finds out that a payment is paid", async () => {
	const { id } = moyasar.control.addPayment(ofCustomer);
	const tool = moyasarNode({
		resource: 'payment',
		operation: 'get',
		paymentId: "={{ $fromAI('id', 'The payment', 'string') }}",
	});

	const said = await askAgent(bench.n8n, tool, moyasar.credential, { id });

	expect(said).toContain(`"id":"${id}"`);
	expect(said).toContain('"status":"paid"');
});

testThatSecretsStaySecret(bench);
