import type { INodeExecutionData } from 'n8n-workflow';

import { logged } from './harness/logs.mts';
import { useMoyasar } from './harness/moyasar.mts';
import type { PolledWorkflow } from './harness/polled-workflow.mts';
import { advanceClock, until } from './harness/time.mts';

const bench = useMoyasar();

const MINUTE = 60_000;

const idsOf = (items: readonly INodeExecutionData[]) => items.map(({ json }) => json.id);

const pagesRead = () => bench.control.requests().map(({ query }) => query.page);

/** Adds payments 10 ms apart, the last one `lastMsAgo` ms ago. Returns their IDs, oldest first. */
const payMany = (count: number, lastMsAgo = 0) =>
	Array.from({ length: count }, (_, index) => {
		bench.pay(`P${index}`, lastMsAgo + (count - 1 - index) * 10);
		return `P${index}`;
	});

const SECOND_PAGE = { path: /[?&]page=2(&|$)/ };

describe('the first poll', () => {
	test('starts nothing for payments before it', async () => {
		bench.control.seedPayments({ count: 50 });
		bench.pay('BEFORE');

		const workflow = await bench.publish();

		expect(workflow.executions).toStrictEqual([]);
		advanceClock(MINUTE);
		expect(await workflow.poll()).toStrictEqual([]);
		bench.pay('NEW');
		expect(idsOf(await workflow.poll())).toStrictEqual(['NEW']);
	});

	test('requests only the payments of the last minute', async () => {
		bench.control.seedPayments({ count: 200, until: new Date(Date.now() - 2 * MINUTE) });
		const before = Date.now();

		await bench.publish();

		const [clock, request, ...others] = bench.control.requests();
		expect(clock?.query).toStrictEqual({ page: '1' });
		expect(others).toStrictEqual([]);
		expect(request?.query).toStrictEqual({
			'created[gt]': expect.any(String) as unknown,
			page: '1',
		});
		const since = String(request?.query['created[gt]']);
		expect(since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		expect(Date.parse(since)).toBeGreaterThanOrEqual(before - MINUTE);
		expect(Date.parse(since)).toBeLessThanOrEqual(Date.now() - MINUTE + 999);
	});

	test('that succeeds sets the start when the one before has failed', async () => {
		bench.control.injectFault({ kind: 'status', status: 401, match: { times: 1 } });
		const workflow = bench.trigger();

		await expect(workflow.activate()).rejects.toThrow('did not accept the secret key');
		bench.pay('BETWEEN');
		await workflow.activate();

		advanceClock(1);
		bench.pay('NEW');
		expect(idsOf(await workflow.poll())).toStrictEqual(['NEW']);
	});
});

test('publishing starts nothing for more payments of the minute before than a slice has', async () => {
	payMany(1_200, 5_000);

	const workflow = await bench.publish();
	await workflow.poll();

	expect(workflow.executions).toStrictEqual([]);
});

describe('New Payment', () => {
	test('outputs payments once, oldest first, in one execution', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		for (const [id, msAgo] of Object.entries({ C: 0, A: 2000, B: 1000 })) bench.pay(id, msAgo);

		expect(idsOf(await workflow.poll())).toStrictEqual(['A', 'B', 'C']);
		expect(workflow.executions).toHaveLength(1);
		expect(await workflow.poll()).toStrictEqual([]);

		advanceClock(MINUTE);
		bench.pay('D');
		expect(idsOf(await workflow.poll())).toStrictEqual(['D']);
		advanceClock(5 * MINUTE);
		expect(await workflow.poll()).toStrictEqual([]);
		expect(workflow.executions).toHaveLength(2);
		expect(workflow.failures).toStrictEqual([]);
	});

	test('outputs payments of the same time once, also when they appear in different polls', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		const createdAt = new Date(Date.now());

		const found = [];
		for (const id of ['A', 'B', 'C']) {
			bench.pay(id, 0, { createdAt });
			bench.pay(`${id}-2`, 0, { createdAt });
			found.push(idsOf(await workflow.poll()));
			advanceClock(10);
		}

		expect(found).toStrictEqual([
			['A', 'A-2'],
			['B', 'B-2'],
			['C', 'C-2'],
		]);
	});

	test('finds a payment that becomes visible after a newer one', async () => {
		const workflow = await bench.publish();
		advanceClock(2 * MINUTE);
		bench.pay('B');
		expect(idsOf(await workflow.poll())).toStrictEqual(['B']);

		advanceClock(10_000);
		bench.pay('A', 69_999);

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});

	test('requests payments since one minute before the newest', async () => {
		const workflow = await bench.publish();
		advanceClock(10 * MINUTE);
		const { created_at } = bench.pay('A', 1234);
		await workflow.poll();
		advanceClock(10 * MINUTE);
		await workflow.poll();

		expect(bench.control.requests().at(-1)?.query).toStrictEqual({
			'created[gt]': new Date(Date.parse(created_at) - MINUTE).toISOString(),
			page: '1',
		});
	});

	test('does not output a payment again when it changes', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		bench.pay('A', 0, { status: 'initiated' });
		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);

		bench.control.updatePayment('A', { status: 'paid' });

		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('reads all pages', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		const ids = payMany(130);

		expect(idsOf(await workflow.poll())).toStrictEqual(ids);
		expect(pagesRead().slice(3).toSorted()).toStrictEqual(['1', '2', '3', '4']);
	});

	test.each([2, 3])('finds payments that arrive while page %d is read', async (page) => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		const ids = payMany(90);
		advanceClock(1);
		bench.control.arriveBefore({ page, count: 3 });

		const first = idsOf(await workflow.poll());
		const second = idsOf(await workflow.poll());

		const arrived = bench.control
			.payments()
			.map(({ id }) => id)
			.filter((id) => !ids.includes(id));
		expect(arrived).toHaveLength(3);
		expect(first.slice(0, 90)).toStrictEqual(ids);
		expect([...first, ...second].toSorted()).toStrictEqual([...ids, ...arrived].toSorted());
	});
});

describe('a backlog', () => {
	test('is read up to a fixed time, so that new payments do not shift its pages', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		const ids = payMany(90);
		bench.control.configure({ latencyMs: 20 });
		const timer = setInterval(() => bench.pay(crypto.randomUUID()), 5);

		const found = [await workflow.poll(), await workflow.poll()].flatMap(idsOf);
		clearInterval(timer);
		found.push(...idsOf(await workflow.poll()));

		expect(workflow.failures).toStrictEqual([]);
		expect(found.slice(0, 90)).toStrictEqual(ids);
		expect(found.toSorted()).toStrictEqual(
			bench.control
				.payments()
				.map(({ id }) => id)
				.toSorted(),
		);
	});
});

describe('a poll that fails on its second page', () => {
	test('outputs every payment once afterwards', async () => {
		const workflow = await bench.publish();
		advanceClock(10 * MINUTE);
		// Older than the overlap of a poll.
		const ids = payMany(90, 5 * MINUTE);
		bench.control.injectFault({ kind: 'status', status: 403, match: { ...SECOND_PAGE, times: 1 } });

		expect(await workflow.poll()).toStrictEqual([]);
		expect(workflow.failures).toHaveLength(1);
		advanceClock(MINUTE);
		bench.pay('LATER');
		expect(idsOf(await workflow.poll())).toStrictEqual([...ids, 'LATER']);
		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('outputs every payment once after a restart', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		bench.pay('BEFORE');
		expect(idsOf(await workflow.poll())).toStrictEqual(['BEFORE']);
		advanceClock(10 * MINUTE);
		// Older than the overlap of a poll.
		const ids = payMany(90, 5 * MINUTE);
		bench.control.injectFault({ kind: 'status', status: 403, match: { ...SECOND_PAGE, times: 1 } });

		await workflow.poll();
		expect(workflow.failures).toHaveLength(1);
		await workflow.restart();

		expect(workflow.executions.slice(1).flatMap(idsOf)).toStrictEqual(ids);
		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('retries after a transient error', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		const ids = payMany(90);
		bench.control.injectFault({ kind: 'drop', match: { ...SECOND_PAGE, times: 1 } });

		expect(idsOf(await workflow.poll())).toStrictEqual(ids);
		expect(workflow.failures).toStrictEqual([]);
	});

	test.each<[number, string, string]>([
		[401, 'Moyasar did not accept the secret key', 'Check the Secret Key'],
		[403, 'Moyasar does not allow this key to read payments', 'secret key (sk_…)'],
	])('(%d) explains why', async (status, message, description) => {
		const workflow = await bench.publish();
		bench.control.injectFault({ kind: 'status', status });

		await workflow.poll();

		expect(workflow.failures).toStrictEqual([
			expect.objectContaining({ name: 'NodeApiError', message, httpCode: String(status) }),
		]);
		expect(workflow.failures[0]).toHaveProperty(
			'description',
			expect.stringContaining(description) as unknown,
		);
		expect(JSON.stringify(workflow.failures)).not.toContain(bench.moyasar.keys.secret);
	});

	test('(429) suggests a setting that the trigger has', async () => {
		const workflow = await bench.publish();
		bench.control.injectFault({ kind: 'status', status: 429, retryAfter: 0 });

		await workflow.poll();

		expect(workflow.failures[0]).toMatchObject({
			message: 'Moyasar is receiving too many requests',
			httpCode: '429',
		});
		expect(workflow.failures[0]).toHaveProperty(
			'description',
			expect.stringContaining('let the trigger poll less often') as unknown,
		);
	});

	test('fails for a payment without a readable time and does not skip it', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		bench.pay('A', 0, { extra: { created_at: null } });

		await workflow.poll();
		await workflow.poll();

		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toHaveLength(2);
		expect(workflow.failures[0]).toHaveProperty(
			'message',
			'Moyasar returned a payment without a readable time',
		);
	});
});

describe('a restart of n8n', () => {
	test('loses and repeats no payment', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		bench.pay('A');
		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
		advanceClock(1);
		bench.pay('WHILE-DOWN');

		await workflow.restart();
		expect(workflow.executions.map(idsOf)).toStrictEqual([['A'], ['WHILE-DOWN']]);
		advanceClock(10 * MINUTE);
		bench.pay('B');
		await workflow.restart();
		advanceClock(10 * MINUTE);
		bench.pay('C');

		expect(idsOf(await workflow.poll())).toStrictEqual(['C']);
		expect(workflow.executions.map(idsOf)).toStrictEqual([['A'], ['WHILE-DOWN'], ['B'], ['C']]);
	});

	test('after polls without payments polls from the saved cursor', async () => {
		const workflow = await bench.publish();
		advanceClock(20 * MINUTE);
		expect(await workflow.poll()).toStrictEqual([]);
		bench.pay('A', 10 * MINUTE);

		await workflow.restart();

		expect(workflow.executions.map(idsOf)).toStrictEqual([['A']]);
	});

	test('before the first new payment does not output old ones', async () => {
		bench.pay('OLD', 30_000);
		const workflow = await bench.publish();

		await workflow.restart();
		advanceClock(1000);
		bench.pay('NEW');

		expect(idsOf(await workflow.poll())).toStrictEqual(['NEW']);
		expect(workflow.executions).toHaveLength(1);
	});

	test('stores only the payments of the last minute', async () => {
		const workflow = await bench.publish();
		advanceClock(5 * MINUTE);
		bench.pay('OLD', 2 * MINUTE);
		bench.pay('A', 30_000);
		bench.pay('B', 0);
		await workflow.poll();

		expect(JSON.stringify(workflow.staticData())).toMatch(/"known":\{"A":\d+,"B":\d+\}/);
	});
});

describe('publishing', () => {
	test('again ignores payments that arrived while it was unpublished', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		bench.pay('A');
		await workflow.poll();
		advanceClock(10 * MINUTE);
		bench.pay('WHILE-UNPUBLISHED');

		await workflow.activate();
		advanceClock(1);
		bench.pay('B');
		expect(idsOf(await workflow.poll())).toStrictEqual(['B']);
		advanceClock(1);
		bench.pay('C');
		expect(idsOf(await workflow.poll())).toStrictEqual(['C']);
		expect(workflow.executions).toHaveLength(3);
	});

	test.each(['update', 'init', 'leadershipChange'] as const)(
		'(%s) polls from the saved cursor',
		async (activation) => {
			const workflow = await bench.publish();
			advanceClock(MINUTE);
			bench.pay('A');
			await workflow.poll();
			advanceClock(10 * MINUTE);
			bench.pay('MEANWHILE');

			await workflow.activate(activation);

			expect(workflow.executions.map(idsOf)).toStrictEqual([['A'], ['MEANWHILE']]);
		},
	);

	test.each(['init', 'leadershipChange'] as const)(
		'(%s) stays active when Moyasar responds with an error',
		async (activation) => {
			const workflow = await bench.publish();
			advanceClock(MINUTE);
			bench.pay('MEANWHILE');
			bench.control.injectFault({ kind: 'status', status: 401, match: { times: 2 } });

			await workflow.activate(activation);

			expect(workflow.executions).toStrictEqual([]);
			expect(logged('warn').map(({ message }) => message)).toStrictEqual([
				'The first poll of Moyasar Trigger failed: Moyasar did not accept the secret key',
			]);
			expect(await workflow.poll()).toStrictEqual([]);
			expect(workflow.failures).toHaveLength(1);
			expect(idsOf(await workflow.poll())).toStrictEqual(['MEANWHILE']);
		},
	);

	test('(update) fails when Moyasar rejects the key', async () => {
		const workflow = await bench.publish();
		bench.control.injectFault({ kind: 'status', status: 401 });

		await expect(workflow.activate('update')).rejects.toThrow('did not accept the secret key');
	});

	test('that succeeds after a failed attempt starts from the time of that attempt', async () => {
		const workflow = await bench.publish();
		advanceClock(10 * MINUTE);
		bench.pay('WHILE-UNPUBLISHED', MINUTE);
		bench.control.injectFault({ kind: 'status', status: 401, match: { times: 1 } });
		await expect(workflow.activate('activate')).rejects.toThrow();
		advanceClock(1000);
		bench.pay('SINCE');

		await workflow.activate('update');

		expect(workflow.executions.map(idsOf)).toStrictEqual([['SINCE']]);
	});

	test('with another event ignores payments before the change', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		bench.pay('A');
		await workflow.poll();

		await workflow.change({ event: 'updatedPayment' });
		expect(workflow.executions).toHaveLength(1);
		advanceClock(1);
		bench.control.updatePayment('A', { status: 'refunded' });

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});
});

describe('Updated Payment', () => {
	test('outputs each change once, and new payments', async () => {
		bench.pay('OLD', 24 * 60 * MINUTE, { status: 'initiated' });
		const workflow = await bench.publish({ event: 'updatedPayment', simplify: false });
		expect(bench.control.requests()[1]?.query).toHaveProperty(['updated[gt]']);
		expect(bench.control.requests()[1]?.query).not.toHaveProperty(['created[gt]']);

		const found = [];
		for (const status of ['authorized', 'captured', 'refunded']) {
			advanceClock(1000);
			bench.control.updatePayment('OLD', { status });
			found.push(await workflow.poll(), await workflow.poll());
		}
		advanceClock(1000);
		bench.pay('NEW');
		found.push(await workflow.poll(), await workflow.poll());

		expect(found.map((items) => items.map(({ json }) => [json.id, json.status]))).toStrictEqual([
			[['OLD', 'authorized']],
			[],
			[['OLD', 'captured']],
			[],
			[['OLD', 'refunded']],
			[],
			[['NEW', 'paid']],
			[],
		]);
	});

	test('outputs changes in the order of their times', async () => {
		bench.pay('A', 3 * MINUTE);
		bench.pay('B', 2 * MINUTE);
		const workflow = await bench.publish({ event: 'updatedPayment' });
		advanceClock(MINUTE);
		const at = (msAgo: number) => new Date(Date.now() - msAgo);
		bench.control.updatePayment('B', { status: 'voided', at: at(2000) });
		bench.control.updatePayment('A', { status: 'voided', at: at(1000) });

		expect(idsOf(await workflow.poll())).toStrictEqual(['B', 'A']);
	});

	test('does not repeat changes after a restart', async () => {
		bench.pay('A', 3 * MINUTE);
		const workflow = await bench.publish({ event: 'updatedPayment' });
		advanceClock(1000);
		bench.control.updatePayment('A', { status: 'refunded' });
		await workflow.poll();

		await workflow.restart();

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A']);
	});
});

describe('Status', () => {
	test('outputs only payments with these statuses', async () => {
		const workflow = await bench.publish({ statuses: ['paid', 'captured'] });
		advanceClock(1000);
		for (const status of ['paid', 'failed', 'captured', 'initiated']) {
			bench.pay(status, 0, { status });
		}

		expect(idsOf(await workflow.poll())).toStrictEqual(['paid', 'captured']);
		expect(bench.control.requests().every(({ query }) => query.status === undefined)).toBe(true);
	});

	test('starts nothing without a payment of these statuses', async () => {
		const workflow = await bench.publish({ statuses: ['refunded'] });
		advanceClock(1000);
		bench.pay('A');

		expect(await workflow.poll()).toStrictEqual([]);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('with Updated Payment starts when a payment becomes paid', async () => {
		const workflow = await bench.publish({ event: 'updatedPayment', statuses: ['paid'] });
		advanceClock(1000);
		bench.pay('A', 0, { status: 'initiated' });
		expect(await workflow.poll()).toStrictEqual([]);
		advanceClock(1000);
		bench.control.updatePayment('A', { status: 'paid' });

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});
});

describe('the output', () => {
	test('has ten fields with Simplify, the default', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		const payment = bench.pay('A', 0, { amount: 10350 });

		const [item] = await workflow.poll();

		expect(item?.json).toStrictEqual({
			id: 'A',
			status: 'paid',
			amount: 10350,
			amount_decimal: '103.50',
			currency: 'SAR',
			source_type: 'creditcard',
			source_company: payment.source.company,
			source_number: payment.source.number,
			description: 'Kindle Whitepaper',
			created_at: payment.created_at,
		});
	});

	test('is the unchanged payment without Simplify', async () => {
		const workflow = await bench.publish({ simplify: false });
		advanceClock(1000);
		const payment = bench.pay('A', 0, { extra: { new_field: { x: [1] } } });

		const [item] = await workflow.poll();

		expect(item?.json).toStrictEqual(payment);
	});
});

describe('a manual execution', () => {
	test('outputs the newest five, oldest first, and does not change the cursor', async () => {
		bench.control.seedPayments({ count: 50, until: new Date(Date.now() - 24 * 60 * MINUTE) });
		const newest = bench.control
			.payments()
			.slice(0, 5)
			.map(({ id }) => id)
			.reverse();
		const workflow = await bench.publish();
		const before = workflow.staticData();
		advanceClock(1000);
		bench.pay('A');

		const run = await workflow.runManually();

		expect(run.status).toBe('success');
		expect(idsOf(run.items('Moyasar Trigger'))).toStrictEqual([...newest.slice(1), 'A']);
		expect(workflow.staticData()).toStrictEqual(before);
		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});

	test('stores no cursor when it was never published', async () => {
		bench.pay('A');
		const workflow = bench.trigger();

		const run = await workflow.runManually();

		expect(idsOf(run.items('Moyasar Trigger'))).toStrictEqual(['A']);
		expect(JSON.stringify(workflow.staticData())).not.toContain('cursor');
		expect(pagesRead()).toStrictEqual(['1']);
	});

	test('outputs payments of one status of any age', async () => {
		bench.pay('OLD', 10 * MINUTE, { status: 'voided' });
		for (let count = 0; count < 45; count++) bench.control.addPayment();
		const workflow = bench.trigger({ statuses: ['voided'] });

		expect(idsOf((await workflow.runManually()).items('Moyasar Trigger'))).toStrictEqual(['OLD']);
	});

	test('outputs payments of several statuses', async () => {
		for (const status of ['paid', 'failed', 'voided', 'verified']) bench.pay(status, 0, { status });
		const workflow = bench.trigger({ statuses: ['paid', 'verified'] });

		const run = await workflow.runManually();

		expect(idsOf(run.items('Moyasar Trigger'))).toStrictEqual(['paid', 'verified']);
	});

	test('outputs payments while a poll is in flight', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		bench.pay('A');
		bench.control.configure({ latencyMs: 100 });

		const [polled, run] = await Promise.all([workflow.poll(), workflow.runManually()]);

		expect(idsOf(polled)).toStrictEqual(['A']);
		expect(idsOf(run.items('Moyasar Trigger'))).toStrictEqual(['A']);
	});

	test('fails with the error of Moyasar', async () => {
		bench.credentials({ secretKey: 'sk_test_that-must-stay-hidden' });

		const run = await bench.trigger().runManually();

		expect(run.status).toBe('error');
		expect(run.error?.message).toBe('Moyasar did not accept the secret key');
		expect(run.everything()).not.toContain('must-stay-hidden');
	});
});

describe('two polls at once', () => {
	/** Polls a second time while the first poll waits for a slow response. */
	const pollTwice = async (workflow: PolledWorkflow) => {
		const sent = bench.control.requests().length;
		bench.control.injectFault({ kind: 'latency', ms: 1_000, match: { times: 1 } });
		const first = workflow.poll();
		await until(() => bench.control.requests().length > sent);
		const second = await workflow.poll();
		return [await first, second];
	};

	test('output each payment once', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		bench.pay('A');

		const found = await pollTwice(workflow);

		expect(workflow.executions.map(idsOf)).toStrictEqual([['A']]);
		expect(found.map(idsOf)).toStrictEqual([['A'], []]);
		expect(bench.control.requests()).toHaveLength(3);
	});

	test('of two workflows are independent', async () => {
		const [one, other] = [await bench.publish(), await bench.publish()];
		advanceClock(1000);
		bench.pay('A');
		bench.control.configure({ latencyMs: 100 });

		expect((await Promise.all([one.poll(), other.poll()])).map(idsOf)).toStrictEqual([
			['A'],
			['A'],
		]);
	});

	test('count payments since a publication that finds a poll in flight', async () => {
		const workflow = await bench.publish();
		advanceClock(MINUTE);
		bench.control.injectFault({ kind: 'latency', ms: 1_000, match: { times: 1 } });
		const sent = bench.control.requests().length;
		const inFlight = workflow.poll();
		await until(() => bench.control.requests().length > sent);

		await workflow.activate();
		await inFlight;
		advanceClock(2_000);
		bench.pay('A');
		advanceClock(5 * MINUTE);

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});

	test('do not block the next poll when they fail', async () => {
		const workflow = await bench.publish();
		advanceClock(1000);
		bench.pay('A');
		bench.control.injectFault({ kind: 'status', status: 401, match: { times: 1 } });

		await pollTwice(workflow);

		expect(workflow.failures).toHaveLength(1);
		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});
});

describe('invalid input', () => {
	test('fails before a request is sent', async () => {
		const workflow = bench.trigger({ event: 'deletedPayment', statuses: 'paid' });

		await expect(workflow.activate()).rejects.toThrow(
			"'Trigger On' must be New Payment or Updated Payment; 'Status' must be a list",
		);
		expect(bench.control.requests()).toStrictEqual([]);
	});

	test('in the credential fails before a request is sent', async () => {
		bench.credentials({ secretKey: bench.moyasar.keys.publishable });

		await expect(bench.publish()).rejects.toThrow('is a publishable key (pk_…)');
		expect(bench.control.requests()).toStrictEqual([]);
	});
});
