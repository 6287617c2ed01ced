import fc from 'fast-check';

import type { Payment } from '../../../../../nodes/Moyasar/api/schemas.ts';
import {
	advance as advanceAt,
	type Cursor,
	type CursorSubject,
	earliestOf,
	executionKey,
	newCursor,
	OVERLAP_MS,
	type PaymentEvent,
	resumeCursor,
} from '../../../../../nodes/Moyasar/trigger/cursor.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

const START = Date.parse('2026-05-18T12:00:00.000Z');

/** The ISO time `ms` after the start. */
const at = (ms: number) => new Date(START + ms).toISOString();

const payment = (id: string, createdAt: number, updatedAt = createdAt): Payment => ({
	id,
	created_at: at(createdAt),
	updated_at: at(updatedAt),
});

/** Advances a cursor. Without `now`, no payment is in the future. */
const advance = (cursor: Cursor, payments: readonly Payment[], now = Infinity, until?: number) =>
	advanceAt(cursor, payments, now, until);

const ids = (payments: readonly Payment[]) => payments.map(({ id }) => id);

const subject = (event: PaymentEvent) => ({ event, account: 'main' });

const begin = (event: PaymentEvent = 'newPayment', payments: Payment[] = []) =>
	advance(newCursor(subject(event), START), payments).next;

test('newCursor starts at the given time and knows no payments', () => {
	const cursor = newCursor(subject('newPayment'), START);

	expect(cursor).toStrictEqual({
		event: 'newPayment',
		account: 'main',
		start: START,
		replaced: undefined,
		newest: START,
		known: null,
	});
	expect(earliestOf(cursor)).toBe(START - 60_000);
	expect(OVERLAP_MS).toBe(60_000);
});

test('earliestOf is never before 1970, where Everything starts', () => {
	expect(earliestOf(newCursor({ ...subject('newPayment'), from: 0 }, 0))).toBe(0);
});

describe('resumeCursor', () => {
	const cursor: Cursor = {
		event: 'newPayment',
		account: 'main',
		newest: START,
		known: { A: START },
	};
	/** What n8n stores of a cursor. */
	const stored = (changes: Partial<Cursor> = {}): unknown =>
		JSON.parse(JSON.stringify({ ...cursor, ...changes }));
	const resume = (changes: Partial<Cursor>, start: Partial<CursorSubject> = {}) =>
		resumeCursor(stored(changes), { ...subject('newPayment'), ...start });

	test.each<Partial<Cursor>>([
		{},
		{ known: null },
		{ published: 5 },
		{ from: 5 },
		{ previous: { newest: START - 1, known: null } },
	])('returns a stored cursor unchanged: %j', (changes) => {
		expect(resume(changes)).toStrictEqual({ ...cursor, ...changes });
	});

	test('returns undefined for a cursor of another event', () => {
		expect(resumeCursor(stored(), subject('updatedPayment'))).toBeUndefined();
	});

	test('returns undefined for a cursor of another account', () => {
		expect(resumeCursor(stored(), { ...subject('newPayment'), account: 'other' })).toBeUndefined();
	});

	test.each([
		[undefined],
		[null],
		['newPayment'],
		[{}],
		[{ ...cursor, newest: at(0) }],
		[{ ...cursor, newest: null }],
		[{ ...cursor, known: 'A' }],
		[{ ...cursor, known: { A: 'B' } }],
		[{ ...cursor, known: undefined }],
		[{ ...cursor, event: 'other' }],
		[{ ...cursor, previous: { newest: START } }],
	])('returns undefined for %j', (invalid) => {
		expect(resumeCursor(invalid, subject('newPayment'))).toBeUndefined();
	});

	test.each<[string, unknown, number | undefined]>([
		['without a cursor', undefined, undefined],
		['with the cursor of an earlier publication', stored({ published: START - 1 }), 1],
		['with a cursor of version 0.1.0', stored(), 1],
		['with a cursor of another event', stored({ event: 'updatedPayment', replaced: 1 }), 2],
	])('starts at the publication %s', (_, before, replaced) => {
		const published = START + 5;

		expect(resumeCursor(before, { ...subject('newPayment'), published })).toStrictEqual({
			event: 'newPayment',
			account: 'main',
			published,
			start: published,
			replaced,
			newest: published,
			known: null,
		});
	});

	test.each([START, START - 1])(
		'continues when the noted publication is not later than its own: %d',
		(published) => {
			expect(resume({ published: START }, { published })).toMatchObject({
				newest: START,
				known: {},
			});
		},
	);

	test('of another event does not start at a publication that is over', () => {
		expect(
			resume({ event: 'updatedPayment', published: START }, { published: START }),
		).toBeUndefined();
	});

	test.each<[string, Partial<Cursor>, number]>([
		['a cursor that started now', {}, 0],
		['a cursor that started later', { from: 6 }, 5],
	])('starts from the date with %s', (_, changes, from) => {
		expect(resume(changes, { from })).toMatchObject({ newest: from, known: null, from });
	});

	test.each<[string, number]>([
		['the same', 5],
		['a later', 6],
	])('of version 0.1.0 continues with %s date, also after it was published again', (_, from) => {
		const start = { from, startFrom: 'a day', published: START + 1 };

		expect(resume({ from: 5, published: 1 }, start)).toStrictEqual({
			...cursor,
			...start,
			from: 5,
		});
	});

	test.each<[string, Partial<CursorSubject>]>([
		['a day that is another moment', { from: 6, startFrom: 'a day' }],
		['another text for the same moment', { from: 5, startFrom: 'the same day' }],
	])('continues with %s', (_, start) => {
		expect(resume({ from: 5, startFrom: 'a day' }, start)).toMatchObject({
			newest: START,
			known: { A: START },
			from: 5,
			startFrom: start.startFrom,
		});
	});

	test.each([4, 6])('starts again from another date: %d', (from) => {
		expect(
			resume({ from: 5, startFrom: 'a day', replaced: 2 }, { from, startFrom: 'other' }),
		).toMatchObject({ newest: from, known: null, from, startFrom: 'other', replaced: 3 });
	});

	test.each<[string, Partial<CursorSubject>, boolean]>([
		['the same node', { nodeId: 'N' }, true],
		['another node', { nodeId: 'M' }, false],
	])('continues for %s', (_, node, repeats) => {
		const previous = { newest: START - 1, known: null };
		const resumed = resume({ nodeId: 'N', previous }, node);

		expect(resumed).toMatchObject({ newest: START, ...node });
		expect(resumed?.previous).toStrictEqual(repeats ? previous : undefined);
		expect(resume({ previous }, node)?.previous).toStrictEqual(previous);
	});

	test('continues when a date was replaced by When Published', () => {
		expect(resume({ from: 5, published: 7 }, { published: 7 })).toMatchObject({ newest: START });
	});
});

describe('executionKey', () => {
	const keyOf = (start: Partial<Cursor>) =>
		executionKey({ ...newCursor(subject('newPayment'), START), ...start }, payment('A', 0));

	test('is the same for the same publication or date', () => {
		expect(keyOf({ published: 5 })).toBe(keyOf({ published: 5 }));
		expect(keyOf({ published: 5, from: 1 })).toBe(keyOf({ published: 6, from: 1 }));
	});

	test('differs after another start', () => {
		const starts = [{}, { published: 5 }, { published: 6 }, { from: 7 }, { from: 7, replaced: 1 }];
		const keys = starts.map(keyOf);

		expect(new Set(keys).size).toBe(keys.length);
	});

	test('differs for each change of a payment', () => {
		const key = (updatedAt: number) =>
			executionKey(newCursor(subject('updatedPayment'), START), payment('A', 0, updatedAt));

		expect(key(1)).not.toBe(key(2));
	});
});

describe('advance', () => {
	test('returns new payments, oldest first', () => {
		const { fresh, next } = advance(begin(), [
			payment('C', 3000),
			payment('B', 2000),
			payment('A', 1000),
		]);

		expect(ids(fresh)).toStrictEqual(['A', 'B', 'C']);
		expect(next).toStrictEqual({
			event: 'newPayment',
			account: 'main',
			start: undefined,
			replaced: undefined,
			newest: START + 3000,
			known: { A: START + 1000, B: START + 2000, C: START + 3000 },
		});
	});

	test('returns payments of the same time in the order of creation', () => {
		const { fresh } = advance(
			begin(),
			['D', 'C', 'B', 'A'].map((id) => payment(id, 1000)),
		);

		expect(ids(fresh)).toStrictEqual(['A', 'B', 'C', 'D']);
	});

	test('sorts an unordered list', () => {
		const { fresh, next } = advance(begin(), [
			payment('B', 2000),
			payment('C', 3000),
			payment('A', 1000),
		]);

		expect(ids(fresh)).toStrictEqual(['A', 'B', 'C']);
		expect(next.newest).toBe(START + 3000);
	});

	test('returns the payments unchanged', () => {
		const paid = { ...payment('A', 1000), status: 'paid', more: { x: 1 } };

		expect(advance(begin(), [paid]).fresh).toStrictEqual([paid]);
		expect(advance(begin(), [paid]).fresh[0]).toBe(paid);
	});

	test('does not return a payment twice when the filter includes its time', () => {
		const { next } = advance(begin(), [payment('A', 1000)]);

		expect(advance(next, [payment('B', 1000), payment('A', 1000)]).fresh).toStrictEqual([
			payment('B', 1000),
		]);
	});

	test('does not return payments that the first poll found', () => {
		const cursor = begin('newPayment', [payment('A', -60_000), payment('B', 0)]);

		expect(
			ids(advance(cursor, [payment('C', 1), payment('B', 0), payment('A', -60_000)]).fresh),
		).toStrictEqual(['C']);
	});

	test('returns a payment that becomes visible after a newer one, within the overlap', () => {
		const { next } = advance(begin(), [payment('B', 60_000)]);

		expect(earliestOf(next)).toBe(START);
		expect(ids(advance(next, [payment('B', 60_000), payment('A', 0)]).fresh)).toStrictEqual(['A']);
	});

	test('does not return older payments than requested when the API ignores the filter', () => {
		const cursor = begin();

		expect(
			ids(advance(cursor, [payment('A', -59_999), payment('0', -60_001)]).fresh),
		).toStrictEqual(['A']);
		expect(advance(cursor, [payment('0', -60_001)]).next.known).toStrictEqual({});
	});

	test('never moves the cursor back', () => {
		const { next } = advance(begin(), [payment('B', 50_000)]);

		expect(advance(next, []).next.newest).toBe(START + 50_000);
		expect(advance(next, [payment('A', 20_000)]).next.newest).toBe(START + 50_000);
	});

	test('keeps known payments only for the overlap', () => {
		const first = advance(begin(), [payment('A', 1000)]).next;
		const second = advance(first, [payment('B', 61_000), payment('A', 1000)]).next;
		const third = advance(second, [payment('C', 61_001), payment('B', 61_000), payment('A', 1000)]);

		expect(second.known).toStrictEqual({ A: START + 1000, B: START + 61_000 });
		expect(third.next.known).toStrictEqual({ B: START + 61_000, C: START + 61_001 });
	});

	test('does not return a payment twice when a poll in between did not find it', () => {
		const first = advance(begin(), [payment('A', 1000)]).next;
		const second = advance(first, []).next;

		expect(advance(second, [payment('A', 1000)]).fresh).toStrictEqual([]);
	});

	test('returns no payment from before the start after a first slice that ended there', () => {
		const first = advance(newCursor(subject('newPayment'), START), [payment('A', -50)], START, -40);

		expect(ids(advance(first.next, [payment('C', 0), payment('B', -1)]).fresh)).toStrictEqual([
			'C',
		]);
	});

	test('returns payments since the start when the polls before it failed', () => {
		const { fresh, next } = advance(newCursor(subject('newPayment'), START), [
			payment('B', 0),
			payment('A', -1),
		]);

		expect(ids(fresh)).toStrictEqual(['B']);
		expect(next.known).toStrictEqual({ A: START - 1, B: START });
	});

	test('does not move the cursor into the future for a payment with a future time', () => {
		const { fresh, next } = advance(
			begin(),
			[payment('B', 900_000), payment('A', 1000)],
			START + 5000,
		);

		expect(ids(fresh)).toStrictEqual(['A', 'B']);
		expect(next.newest).toBe(START + 5000);
		expect(advance(next, [payment('B', 900_000), payment('C', 6000)]).fresh).toStrictEqual([
			payment('C', 6000),
		]);
	});

	test('moves the cursor to the end of a slice, not only to its newest payment', () => {
		const { fresh, next } = advance(begin(), [payment('A', 1000)], Infinity, START + 90_000);

		expect(ids(fresh)).toStrictEqual(['A']);
		expect(next).toMatchObject({ newest: START + 90_000, known: {} });
	});

	test('does not move the cursor into the future for a slice that ends there', () => {
		expect(advance(begin(), [], START + 5000, START + 9000).next.newest).toBe(START + 5000);
	});

	test('does not modify its arguments', () => {
		const cursor = begin('newPayment', [payment('A', 0)]);
		const before = structuredClone(cursor);
		const payments = Object.freeze([payment('C', 2000), payment('B', 1000)]);

		advance(cursor, payments);

		expect(cursor).toStrictEqual(before);
	});

	test('reads a time in another time zone', () => {
		const { fresh } = advance(begin(), [
			{ id: 'B', created_at: '2026-05-18T15:00:02+03:00' },
			{ id: 'A', created_at: '2026-05-18T12:00:01Z' },
		]);

		expect(ids(fresh)).toStrictEqual(['A', 'B']);
	});
});

describe('advance with updated payments', () => {
	test('returns each change of a payment once', () => {
		const first = advance(begin('updatedPayment'), [payment('A', -500_000, 1000)]);
		const second = advance(first.next, [payment('A', -500_000, 1000)]);
		const third = advance(second.next, [payment('A', -500_000, 2000)]);

		expect([first, second, third].map(({ fresh }) => ids(fresh))).toStrictEqual([['A'], [], ['A']]);
	});

	test('sorts by the time of the change', () => {
		const { fresh, next } = advance(begin('updatedPayment'), [
			payment('A', 9000, 3000),
			payment('B', 1000, 2000),
		]);

		expect(ids(fresh)).toStrictEqual(['B', 'A']);
		expect(next.newest).toBe(START + 3000);
	});
});

test('advance takes the creation time of a payment without an update time', () => {
	const { fresh } = advance(begin('updatedPayment'), [{ id: 'A', created_at: at(1000) }]);

	expect(ids(fresh)).toStrictEqual(['A']);
});

test.each<Partial<Payment>>([{ status: 'paid' }, { captured: 100 }, { refunded: 100 }])(
	'advance returns a second change with the same update time: %j',
	(change) => {
		const first = advance(begin('updatedPayment'), [payment('A', 0, 1000)]);

		const { fresh } = advance(first.next, [{ ...payment('A', 0, 1000), ...change }]);

		expect(ids(fresh)).toStrictEqual(['A']);
	},
);

test.each<[PaymentEvent, Payment]>([
	['newPayment', { id: 'A', updated_at: at(0) }],
	['newPayment', { id: 'A', created_at: 'yesterday' }],
	['updatedPayment', { id: 'A' }],
	['updatedPayment', { id: 'A', created_at: at(0), updated_at: '' }],
])('advance throws for %s of %j, which has no readable time', (event, invalid) => {
	const run = () => advance(begin(event), [payment('B', 0), invalid]);

	expect(run).toThrow(ServiceError);
	expect(run).toThrow('Moyasar returned a payment without a readable time');
	expect(run).toThrow(
		expect.objectContaining({
			description: expect.stringContaining('the payment A.') as unknown,
		}) as Error,
	);
});

/** A payment, or a change of one, in the list of Moyasar. */
interface Entry {
	id: string;
	/** The time by Moyasar's clock, in ms after the start. */
	time: number;
	/** How long after that the list shows it, in ms. */
	lateBy: number;
}

/** A poll: its time, whether it fails before `advance`, and whether n8n restarts after it. */
interface Poll {
	time: number;
	fails: boolean;
	restarts: boolean;
	/** Rotates the list, so that its order varies. */
	shuffle: number;
}

const MINUTE = 60_000;

// Half of the times are multiples of 10 s, so that many are equal or exactly at the overlap.
const times = (min: number, max: number) =>
	fc.oneof(
		fc
			.integer({ min: Math.ceil(min / 10_000), max: Math.floor(max / 10_000) })
			.map((n) => n * 10_000),
		fc.integer({ min, max }),
	);

const polls = fc
	.array(
		fc.record({
			time: times(1, 10 * MINUTE),
			fails: fc.boolean(),
			restarts: fc.boolean(),
			shuffle: fc.nat(),
		}),
		{ minLength: 1, maxLength: 25 },
	)
	.map((list) => [
		...list.toSorted((a, b) => a.time - b.time),
		// The last poll finds the rest.
		{ time: 12 * MINUTE, fails: false, restarts: false, shuffle: 0 },
	]);

/** Runs polls against a list, and returns the payments that each of them emitted. */
function runPolls(
	event: PaymentEvent,
	visibleAt: (now: number, since: number) => Payment[],
	steps: readonly Poll[],
): Payment[][] {
	let cursor = advance(
		newCursor(subject(event), START),
		visibleAt(START, earliestOf(newCursor(subject(event), START))),
	).next;
	return steps.map(({ time, fails, restarts, shuffle }) => {
		if (fails) return [];
		const list = visibleAt(START + time, earliestOf(cursor));
		const cut = list.length === 0 ? 0 : shuffle % list.length;
		const { fresh, next } = advance(cursor, [...list.slice(cut), ...list.slice(0, cut)]);
		const stored: unknown = restarts ? JSON.parse(JSON.stringify(next)) : next;
		const parsed = resumeCursor(stored, subject(event));
		if (!parsed) throw new Error('The cursor cannot be read again.');
		cursor = parsed;
		return fresh;
	});
}

const timeOf = ({ created_at = '' }: Payment) => Date.parse(created_at);

test('advance emits every payment once for any polls and any order of arrival', () => {
	const entries = fc.array(
		fc.record({ time: times(-3 * MINUTE, 10 * MINUTE), lateBy: times(0, MINUTE - 1) }),
		{ maxLength: 40 },
	);
	fc.assert(
		fc.property(entries, polls, (given, steps) => {
			const all: Entry[] = given.map((one, index) => ({ id: `P${index}`, ...one }));
			const emitted = runPolls(
				'newPayment',
				(now, since) =>
					all
						.filter(({ time, lateBy }) => START + time + lateBy <= now)
						.filter(({ time }) => START + time >= since)
						.map(({ id, time }) => payment(id, time))
						.toSorted((a, b) => timeOf(b) - timeOf(a)),
				steps,
			);

			const found = emitted.flatMap(ids);
			expect(new Set(found).size).toBe(found.length);
			const after = all.filter(({ time }) => time > 0).map(({ id }) => id);
			expect(found).toEqual(expect.arrayContaining(after));
			const before = all.filter(({ time, lateBy }) => time + lateBy <= 0).map(({ id }) => id);
			expect(found.filter((id) => before.includes(id))).toStrictEqual([]);
			for (const fresh of emitted) {
				expect(fresh.map(timeOf)).toStrictEqual(fresh.map(timeOf).toSorted((a, b) => a - b));
			}
		}),
		{ numRuns: 500 },
	);
});

test('advance emits every change that a poll can find once', () => {
	const entries = fc.array(fc.record({ payment: fc.nat(4), time: times(1, 10 * MINUTE) }), {
		maxLength: 30,
	});
	fc.assert(
		fc.property(entries, polls, (given, steps) => {
			const changes = given
				.map(({ payment: number, time }) => ({ id: `P${number}`, time }))
				.toSorted((a, b) => a.time - b.time);
			/** The list at a time: each payment with its latest change. */
			const listAt = (now: number) =>
				new Map(
					changes
						.filter(({ time }) => START + time <= now)
						.map(({ id, time }) => [id, payment(id, 0, time)]),
				);
			const name = ({ id, updated_at }: Payment) => `${id} ${updated_at}`;
			const emitted = runPolls(
				'updatedPayment',
				(now, since) =>
					[...listAt(now).values()].filter(
						({ updated_at = '' }) => Date.parse(updated_at) >= since,
					),
				steps,
			).flatMap((fresh) => fresh.map(name));

			const seen = new Set(
				steps
					.filter(({ fails }) => !fails)
					.flatMap(({ time }) => [...listAt(START + time).values()].map(name)),
			);
			expect(emitted.toSorted()).toStrictEqual([...seen].toSorted());
		}),
		{ numRuns: 500 },
	);
});

test('every payment starts one execution, wherever n8n is killed around a poll', () => {
	const poll = fc.record({
		time: times(1, 10 * MINUTE),
		// Before it saves, before it creates the execution, before the execution runs, or not at all.
		killed: fc.constantFrom('saving', 'creating', 'running', undefined),
	});
	const entries = fc.array(fc.record({ time: times(1, 10 * MINUTE) }), { maxLength: 40 });
	fc.assert(
		fc.property(entries, fc.array(poll, { maxLength: 25 }), (given, steps) => {
			const all = given.map(({ time }, index) => payment(`P${index}`, time));
			let saved = JSON.stringify(newCursor(subject('newPayment'), START));
			let inMemory = saved;
			let hasPolled = false;
			const started = new Set<string>();
			const output: string[] = [];
			const last = { time: 11 * MINUTE, killed: undefined };
			for (const { time, killed } of [...steps.toSorted((a, b) => a.time - b.time), last]) {
				const cursor = resumeCursor(JSON.parse(inMemory), subject('newPayment'));
				if (!cursor) throw new Error('The cursor cannot be read again.');
				const { previous, ...current } = cursor;
				const origin = hasPolled ? current : { ...current, ...previous };
				const list = all
					.filter((one) => timeOf(one) >= earliestOf(origin) && timeOf(one) <= START + time)
					.toReversed();
				const { fresh, next } = advance(origin, list, START + time);
				hasPolled = killed === undefined;
				if (fresh.length > 0) {
					next.previous = { newest: origin.newest, known: origin.known };
					if (killed !== 'saving') saved = JSON.stringify(next);
					const runs = killed === undefined || killed === 'running';
					for (const key of runs ? fresh.map((one) => executionKey(next, one)) : []) {
						if (!started.has(key)) output.push(key);
						started.add(key);
					}
				}
				inMemory = killed === undefined ? JSON.stringify(next) : saved;
			}

			expect(output.toSorted()).toStrictEqual(
				all.map((one) => executionKey(newCursor(subject('newPayment'), START), one)).toSorted(),
			);
		}),
		{ numRuns: 500 },
	);
});
