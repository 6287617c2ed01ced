import type { INodeExecutionData } from 'n8n-workflow';

import { useMoyasar } from './harness/moyasar.mts';
import type { PollEngine } from './harness/polled-workflow.mts';
import { advanceClock } from './harness/time.mts';

const bench = useMoyasar();

const ENGINES: PollEngine[] = ['default', 'durable scheduler', 'durable cursors'];
const DURABLE: PollEngine[] = ['durable scheduler', 'durable cursors'];

const SECOND = 1_000;
const MINUTE = 60_000;

const idsOf = (items: readonly INodeExecutionData[]) => items.map(({ json }) => json.id);

/** Adds payments this far apart, oldest first, the last one now. Returns their IDs. */
const payMany = (count: number, everyMs: number) =>
	Array.from({ length: count }, (_, index) => {
		const id = `P${index}`;
		bench.pay(id, (count - 1 - index) * everyMs);
		return id;
	});

describe.each(ENGINES)('on the %s', (engine) => {
	test('a payment that is made right after publishing starts it', async () => {
		bench.pay('BEFORE');
		const workflow = await bench.publish({}, engine);
		advanceClock(2 * SECOND);
		bench.pay('A');
		advanceClock(5 * MINUTE);

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
		advanceClock(MINUTE);
		bench.pay('B');
		expect(idsOf(await workflow.poll())).toStrictEqual(['B']);
		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('a payment that was made while it was unpublished does not start it', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(MINUTE);
		bench.pay('A');
		await workflow.poll();
		advanceClock(10 * MINUTE);
		bench.pay('WHILE-UNPUBLISHED');
		advanceClock(10 * SECOND);

		await workflow.activate();
		advanceClock(2 * SECOND);
		bench.pay('B');
		advanceClock(MINUTE);

		expect(idsOf(await workflow.poll())).toStrictEqual(['B']);
		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A', 'B']);
	});

	test('a backlog of 93 starts it once', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(10 * MINUTE);
		const ids = payMany(93, 10);

		expect(idsOf(await workflow.poll())).toStrictEqual(ids);
		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('it can be published after Moyasar was out at its publication', async () => {
		bench.control.injectFault({ kind: 'status', status: 401 });
		const workflow = bench.trigger({}, engine);
		await expect(workflow.activate()).rejects.toThrow('did not accept the secret key');
		bench.control.clearFaults();
		advanceClock(MINUTE);
		bench.pay('NOT-PUBLISHED');
		advanceClock(2 * SECOND);

		await workflow.activate();
		advanceClock(2 * SECOND);
		bench.pay('A');

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A']);
	});

	test.each(['saving', 'execution'] as const)(
		'each payment starts it once when n8n ends after a poll before the %s',
		async (endsBefore) => {
			const workflow = await bench.publish({}, engine);
			advanceClock(MINUTE);
			bench.pay('A');
			await workflow.poll();
			advanceClock(5 * MINUTE);
			bench.pay('B');
			workflow.endsBefore = endsBefore;
			await workflow.poll();
			advanceClock(5 * MINUTE);
			bench.pay('C');

			await workflow.restart();
			await workflow.poll();

			expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A', 'B', 'C']);
			advanceClock(MINUTE);
			expect(await workflow.poll()).toStrictEqual([]);
		},
	);

	test('each payment starts it once when n8n ends twice', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(MINUTE);
		const ids = payMany(93, 10);
		workflow.endsBefore = 'execution';
		await workflow.poll();
		workflow.endsBefore = 'execution';
		await workflow.restart();
		await workflow.poll();

		await workflow.restart();
		await workflow.poll();

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(ids);
	});

	test('a restart repeats no change of a payment that its execution has output', async () => {
		bench.pay('A', 10 * MINUTE, { status: 'initiated' });
		const workflow = await bench.publish({ event: 'updatedPayment' }, engine);
		for (const status of ['authorized', 'captured']) {
			advanceClock(2 * MINUTE);
			bench.control.updatePayment('A', { status });
			await workflow.poll();
			await workflow.restart();
			await workflow.poll();
		}

		const output = workflow.executions.flat().map(({ json }) => json.status);
		expect(output).toStrictEqual(['authorized', 'captured']);
	});

	test('the items have no trace of how they are counted', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(2 * SECOND);
		bench.pay('A');

		const [item] = await workflow.poll();

		expect(Object.keys(item ?? {}).toSorted()).toStrictEqual(['json', 'pairedItem']);
	});

	test('drains a backlog in slices when a poll has little time', async () => {
		const ids = payMany(2_500, MINUTE);
		const workflow = bench.trigger({ startFrom: 'everything' }, engine);
		workflow.budgetMs = 1;
		await workflow.activate();
		const requests = () => bench.control.requests().length;

		for (let polls = 0; workflow.handedOver.length < 3 && polls < 10; polls++) {
			const before = requests();
			await workflow.poll();
			expect(requests() - before).toBeLessThan(60);
		}
		while ((await workflow.poll()).length > 0);

		for (const items of workflow.executions) expect(items.length).toBeLessThanOrEqual(1_000);
		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(ids);
	});

	test('repeats no payment of a large execution that it reads in slices after a restart', async () => {
		const ids = payMany(3_500, MINUTE);
		const workflow = await bench.publish({ startFrom: 'everything' }, engine);
		expect(workflow.executions).toHaveLength(1);
		workflow.budgetMs = 1;

		await workflow.restart();
		for (let polls = 0; polls < 8; polls++) await workflow.poll();

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(ids);
	});

	test('reads on behind payments that have another status', async () => {
		payMany(2_000, MINUTE);
		bench.pay('REFUNDED', 0, { status: 'refunded' });
		const workflow = bench.trigger({ startFrom: 'everything', statuses: ['refunded'] }, engine);
		workflow.budgetMs = 1;
		await workflow.activate();

		for (let polls = 0; polls < 5; polls++) await workflow.poll();

		expect(workflow.executions.map(idsOf)).toStrictEqual([['REFUNDED']]);
	});
});

describe.each(DURABLE)('poll times that fall together on the %s', (engine) => {
	test('output a payment once, one after the other', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(2 * SECOND);
		bench.pay('A');
		const polls = [workflow.prepare(), workflow.prepare()];

		for (const poll of polls) await poll();

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A']);
	});

	test('output a payment once, at the same time', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(2 * SECOND);
		bench.pay('A');
		const polls = [workflow.prepare(), workflow.prepare()];

		await Promise.all(polls.map(async (poll) => await poll()));

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A']);
	});
});

describe.each(DURABLE)('a poll that n8n abandons on the %s', (engine) => {
	test('is repeated, also when it was to repeat what had not run', async () => {
		const workflow = await bench.publish({}, engine);
		advanceClock(2 * SECOND);
		bench.pay('A');
		workflow.endsBefore = 'execution';
		await workflow.poll();
		await workflow.restart();
		workflow.endsBefore = 'saving';
		await workflow.poll();
		advanceClock(MINUTE);
		bench.pay('B');

		await workflow.poll();

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A', 'B']);
	});
});

describe('several n8n processes on the durable scheduler', () => {
	test('hand over each payment once, one after the other', async () => {
		const workflow = await bench.publish({}, 'durable scheduler');
		// Another process has its own modules, and the same database.
		const polls = [
			async () => await workflow.poll(),
			async () => await bench.n8n.inAnotherProcess(async () => await workflow.poll()),
		];
		for (const poll of [...polls, ...polls]) {
			advanceClock(2 * MINUTE);
			await poll();
		}
		for (const id of ['A', 'B', 'C', 'D']) {
			advanceClock(2 * MINUTE);
			bench.pay(id);
			const poll = polls.shift();
			if (poll) polls.push(poll);
			await poll?.();
			advanceClock(2 * MINUTE);
			for (const again of polls) await again();
		}

		// The first poll of a process may repeat what the other has handed over.
		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['A', 'B', 'C', 'D']);
		expect(workflow.handedOver.length).toBeLessThanOrEqual(5);
	});
});

describe('a node that was added again under the same name', () => {
	test('repeats no payment', async () => {
		const workflow = await bench.publish();
		advanceClock(2 * SECOND);
		bench.pay('A');
		await workflow.poll();

		await workflow.addAgain();
		await workflow.poll();
		advanceClock(MINUTE);
		bench.pay('B');
		await workflow.poll();

		expect(workflow.executions.map(idsOf)).toStrictEqual([['A'], ['B']]);
	});
});

describe('an edit that is published', () => {
	test('hands over nothing again', async () => {
		const workflow = await bench.publish();
		advanceClock(2 * SECOND);
		bench.pay('A');
		for (let polls = 0; polls < 3; polls++) {
			await workflow.poll();
			advanceClock(MINUTE);
		}

		await workflow.change({ simplify: false });

		expect(workflow.handedOver.map(idsOf)).toStrictEqual([['A']]);
	});
});

describe('an execution that is retried', () => {
	test('outputs its payments again', async () => {
		const workflow = await bench.publish();
		advanceClock(2 * SECOND);
		bench.pay('A');
		await workflow.poll();

		expect(idsOf(await workflow.retry(0))).toStrictEqual(['A']);
		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('outputs all payments of an execution that an earlier version has started', async () => {
		const workflow = await bench.publish();
		workflow.handedOver.push([{ json: { id: 'A' } }, { json: { id: 'B' } }]);

		for (let tries = 0; tries < 2; tries++) {
			expect(idsOf(await workflow.retry(0))).toStrictEqual(['A', 'B']);
		}
	});

	test('outputs no payment that another execution has output', async () => {
		const workflow = await bench.publish();
		advanceClock(2 * SECOND);
		bench.pay('A');
		workflow.endsBefore = 'execution';
		await workflow.poll();
		await workflow.restart();
		expect(workflow.executions.map(idsOf)).toStrictEqual([['A']]);

		for (let tries = 0; tries < 2; tries++) {
			expect(await workflow.retry(0)).toStrictEqual([]);
			expect(idsOf(await workflow.retry(1))).toStrictEqual(['A']);
		}
	});

	test('outputs only those of its payments that no other execution has output', async () => {
		const workflow = await bench.publish();
		advanceClock(2 * SECOND);
		bench.pay('A');
		await workflow.poll();
		advanceClock(MINUTE);
		bench.pay('B');
		await workflow.restart();
		expect(workflow.handedOver.map(idsOf)).toStrictEqual([['A'], ['A', 'B']]);

		for (let tries = 0; tries < 2; tries++) {
			expect(idsOf(await workflow.retry(1))).toStrictEqual(['B']);
			expect(idsOf(await workflow.retry(0))).toStrictEqual(['A']);
		}
	});
});

test('what n8n remembers of payments does not grow without end', async () => {
	payMany(2_500, MINUTE);
	const workflow = bench.trigger({ startFrom: 'everything' });
	workflow.budgetMs = 1;
	await workflow.activate();
	while ((await workflow.poll()).length > 0);
	advanceClock(MINUTE);
	bench.pay('LAST');
	await workflow.poll();

	expect(workflow.executions.flat()).toHaveLength(2_501);
	// Two entries for each payment: for the last one and 1,000 others.
	expect(bench.n8n.processed.size(workflow.id)).toBe(2_002);
	expect(JSON.stringify(workflow.staticData()).length).toBeLessThan(1_000);
});

describe('Start From', () => {
	const DAY = 24 * 60 * MINUTE;
	const isoDaysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString();

	beforeEach(() => {
		bench.pay('OLD', 3 * DAY);
		bench.pay('NEWER', DAY);
	});

	test('Everything starts it for all payments of the account', async () => {
		const workflow = await bench.publish({ startFrom: 'everything' });
		advanceClock(2 * SECOND);
		bench.pay('A');

		await workflow.poll();

		expect(workflow.executions.map(idsOf)).toStrictEqual([['OLD', 'NEWER'], ['A']]);
	});

	test('Date starts it for payments from that moment on', async () => {
		const startDate = bench.control.payments()[0]?.created_at;
		const workflow = await bench.publish({ startFrom: 'date', startDate });

		expect(workflow.executions.map(idsOf)).toStrictEqual([['NEWER']]);
	});

	test('Date in the future starts it for payments from then on', async () => {
		const workflow = await bench.publish({ startFrom: 'date', startDate: isoDaysAgo(-1) });
		bench.pay('TOO-EARLY');
		expect(await workflow.poll()).toStrictEqual([]);
		advanceClock(DAY + SECOND);
		bench.pay('A');

		expect(idsOf(await workflow.poll())).toStrictEqual(['A']);
	});

	test.each(ENGINES)('Everything continues on the %s when published again', async (engine) => {
		const workflow = await bench.publish({ startFrom: 'everything' }, engine);
		advanceClock(10 * MINUTE);
		bench.pay('WHILE-UNPUBLISHED');
		advanceClock(10 * SECOND);

		await workflow.activate();
		await workflow.poll();

		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['OLD', 'NEWER', 'WHILE-UNPUBLISHED']);
	});

	test.each(ENGINES)('on the %s can be changed to an earlier one', async (engine) => {
		const workflow = await bench.publish({}, engine);
		await workflow.poll();
		expect(workflow.executions).toStrictEqual([]);

		await workflow.change({ startFrom: 'date', startDate: isoDaysAgo(2) });
		await workflow.poll();
		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['NEWER']);
		await workflow.change({ startFrom: 'everything' });
		await workflow.poll();
		expect(workflow.executions.flatMap(idsOf)).toStrictEqual(['NEWER', 'OLD', 'NEWER']);
	});

	test.each(ENGINES)('on the %s can be changed to a later one', async (engine) => {
		const workflow = bench.trigger({ startFrom: 'everything' }, engine);
		workflow.budgetMs = 1;
		await workflow.activate();

		await workflow.change({ startFrom: 'date', startDate: isoDaysAgo(2) });
		await workflow.poll();

		expect(workflow.executions.map(idsOf)).toStrictEqual([['OLD', 'NEWER'], ['NEWER']]);
		expect(await workflow.poll()).toStrictEqual([]);
	});

	test('changed to When Published loses and repeats nothing', async () => {
		const workflow = await bench.publish({ startFrom: 'everything' });
		advanceClock(MINUTE);
		bench.pay('A');
		await workflow.change({ startFrom: 'now' });
		advanceClock(MINUTE);
		bench.pay('B');
		await workflow.change({ startFrom: 'everything' });

		expect(workflow.executions.slice(1).flatMap(idsOf)).toStrictEqual(['A', 'B']);
	});

	test.each(ENGINES)('Date on the %s continues in another time zone', async (engine) => {
		const startDate = isoDaysAgo(2).slice(0, 19);
		const workflow = await bench.publish({ startFrom: 'date', startDate }, engine);
		workflow.timezone = 'Asia/Riyadh';

		await workflow.change({});
		await workflow.poll();

		expect(workflow.executions.map(idsOf)).toStrictEqual([['NEWER']]);
	});

	test.each(ENGINES)('Everything on the %s begins again after another event', async (engine) => {
		const workflow = await bench.publish({ startFrom: 'everything' }, engine);
		for (const event of ['updatedPayment', 'newPayment']) {
			advanceClock(MINUTE);
			await workflow.change({ event });
			await workflow.poll();
		}

		const all = ['OLD', 'NEWER'];
		expect(workflow.executions.map(idsOf)).toStrictEqual([all, all, all]);
	});

	test.each([
		['date', '', "'Start Date' is empty"],
		['date', 'yesterday', "'Start Date' must be a date such as 2026-12-31"],
		['other', '', "'Start From' must be When Published or Date or Everything"],
	])('%s %j fails before a request is sent', async (startFrom, startDate, message) => {
		await expect(bench.publish({ startFrom, startDate })).rejects.toThrow(message);
		expect(bench.control.requests()).toStrictEqual([]);
	});
});
