import fc from 'fast-check';

import type { Payment } from '../../../../../nodes/Moyasar/api/schemas.ts';
import {
	advance as advanceAt,
	type Cursor,
	newCursor,
	parseCursor,
	earliestOf,
	OVERLAP_MS,
	type PaymentEvent,
} from '../../../../../nodes/Moyasar/trigger/cursor.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

const START = Date.parse('2026-05-18T12:00:00.000Z');

/** The moment so many ms after the start. */
const at = (ms: number) => new Date(START + ms).toISOString();

const payment = (id: string, createdAt: number, updatedAt = createdAt): Payment => ({
	id,
	created_at: at(createdAt),
	updated_at: at(updatedAt),
});

/** A step at a moment that is later than all payments, unless it says else. */
const advance = (cursor: Cursor, payments: readonly Payment[], now = Infinity) =>
	advanceAt(cursor, payments, now);

const ids = (payments: readonly Payment[]) => payments.map(({ id }) => id);

const subject = (event: PaymentEvent) => ({ event, account: 'main' });

const begin = (event: PaymentEvent = 'newPayment', payments: Payment[] = []) =>
	advance(newCursor(subject(event), START), payments).next;

test('a cursor begins at a moment, knowing nothing', () => {
	const cursor = newCursor(subject('newPayment'), START);

	expect(cursor).toStrictEqual({
		event: 'newPayment',
		account: 'main',
		newest: START,
		known: null,
	});
	expect(earliestOf(cursor)).toBe(START - 60_000);
	expect(OVERLAP_MS).toBe(60_000);
});

describe('a stored cursor', () => {
	const cursor: Cursor = {
		event: 'newPayment',
		account: 'main',
		newest: START,
		known: { A: START },
	};

	test.each([cursor, newCursor(subject('newPayment'), START)])(
		'is read as it was written: %j',
		(written) => {
			expect(parseCursor(JSON.parse(JSON.stringify(written)), subject('newPayment'))).toStrictEqual(
				written,
			);
		},
	);

	test('of the other event is none', () => {
		expect(parseCursor(cursor, subject('updatedPayment'))).toBeUndefined();
	});

	test('of another account is none', () => {
		expect(parseCursor(cursor, { ...subject('newPayment'), account: 'other' })).toBeUndefined();
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
	])('cannot be %j', (stored) => {
		expect(parseCursor(stored, subject('newPayment'))).toBeUndefined();
	});
});

describe('a step', () => {
	test('gives what is new, oldest first', () => {
		const { fresh, next } = advance(begin(), [
			payment('C', 3000),
			payment('B', 2000),
			payment('A', 1000),
		]);

		expect(ids(fresh)).toStrictEqual(['A', 'B', 'C']);
		expect(next).toStrictEqual({
			event: 'newPayment',
			account: 'main',
			newest: START + 3000,
			known: { A: START + 1000, B: START + 2000, C: START + 3000 },
		});
	});

	test('gives several of one moment in the order in which they came', () => {
		const { fresh } = advance(
			begin(),
			['D', 'C', 'B', 'A'].map((id) => payment(id, 1000)),
		);

		expect(ids(fresh)).toStrictEqual(['A', 'B', 'C', 'D']);
	});

	test('does not rely on the order of the list', () => {
		const { fresh, next } = advance(begin(), [
			payment('B', 2000),
			payment('C', 3000),
			payment('A', 1000),
		]);

		expect(ids(fresh)).toStrictEqual(['A', 'B', 'C']);
		expect(next.newest).toBe(START + 3000);
	});

	test('gives the payments as they came', () => {
		const paid = { ...payment('A', 1000), status: 'paid', more: { x: 1 } };

		expect(advance(begin(), [paid]).fresh).toStrictEqual([paid]);
		expect(advance(begin(), [paid]).fresh[0]).toBe(paid);
	});

	test('does not give again what an inclusive bound brings again', () => {
		const { next } = advance(begin(), [payment('A', 1000)]);

		expect(advance(next, [payment('B', 1000), payment('A', 1000)]).fresh).toStrictEqual([
			payment('B', 1000),
		]);
	});

	test('does not give what the first one found', () => {
		const cursor = begin('newPayment', [payment('A', -60_000), payment('B', 0)]);

		expect(
			ids(advance(cursor, [payment('C', 1), payment('B', 0), payment('A', -60_000)]).fresh),
		).toStrictEqual(['C']);
	});

	test('gives one that becomes visible after a younger one, up to the whole overlap', () => {
		const { next } = advance(begin(), [payment('B', 60_000)]);

		expect(earliestOf(next)).toBe(START);
		expect(ids(advance(next, [payment('B', 60_000), payment('A', 0)]).fresh)).toStrictEqual(['A']);
	});

	test('does not give what is older than was asked for, as where a bound is ignored', () => {
		const cursor = begin();

		expect(
			ids(advance(cursor, [payment('A', -59_999), payment('0', -60_001)]).fresh),
		).toStrictEqual(['A']);
		expect(advance(cursor, [payment('0', -60_001)]).next.known).toStrictEqual({});
	});

	test('never goes back', () => {
		const { next } = advance(begin(), [payment('B', 50_000)]);

		expect(advance(next, []).next.newest).toBe(START + 50_000);
		expect(advance(next, [payment('A', 20_000)]).next.newest).toBe(START + 50_000);
	});

	test('remembers no longer than the overlap', () => {
		const first = advance(begin(), [payment('A', 1000)]).next;
		const second = advance(first, [payment('B', 61_000), payment('A', 1000)]).next;
		const third = advance(second, [payment('C', 61_001), payment('B', 61_000), payment('A', 1000)]);

		expect(second.known).toStrictEqual({ A: START + 1000, B: START + 61_000 });
		expect(third.next.known).toStrictEqual({ B: START + 61_000, C: START + 61_001 });
	});

	test('does not give again what a poll in between did not see, as of a server that lags', () => {
		const first = advance(begin(), [payment('A', 1000)]).next;
		const second = advance(first, []).next;

		expect(advance(second, [payment('A', 1000)]).fresh).toStrictEqual([]);
	});

	test('of the first poll that succeeds gives what came since the start, where earlier ones failed', () => {
		const { fresh, next } = advance(newCursor(subject('newPayment'), START), [
			payment('B', 0),
			payment('A', -1),
		]);

		expect(ids(fresh)).toStrictEqual(['B']);
		expect(next.known).toStrictEqual({ A: START - 1, B: START });
	});

	test('is not taken into the future by a payment from there', () => {
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

	test('changes nothing of what it was given', () => {
		const cursor = begin('newPayment', [payment('A', 0)]);
		const before = structuredClone(cursor);
		const payments = Object.freeze([payment('C', 2000), payment('B', 1000)]);

		advance(cursor, payments);

		expect(cursor).toStrictEqual(before);
	});

	test('reads a time in another zone', () => {
		const { fresh } = advance(begin(), [
			{ id: 'B', created_at: '2026-05-18T15:00:02+03:00' },
			{ id: 'A', created_at: '2026-05-18T12:00:01Z' },
		]);

		expect(ids(fresh)).toStrictEqual(['A', 'B']);
	});
});

describe('a step over changes', () => {
	test('gives each change of a payment once', () => {
		const first = advance(begin('updatedPayment'), [payment('A', -500_000, 1000)]);
		const second = advance(first.next, [payment('A', -500_000, 1000)]);
		const third = advance(second.next, [payment('A', -500_000, 2000)]);

		expect([first, second, third].map(({ fresh }) => ids(fresh))).toStrictEqual([['A'], [], ['A']]);
	});

	test('goes by the time of the change', () => {
		const { fresh, next } = advance(begin('updatedPayment'), [
			payment('A', 9000, 3000),
			payment('B', 1000, 2000),
		]);

		expect(ids(fresh)).toStrictEqual(['B', 'A']);
		expect(next.newest).toBe(START + 3000);
	});
});

test('a payment without a time of change has changed when it was created', () => {
	const { fresh } = advance(begin('updatedPayment'), [{ id: 'A', created_at: at(1000) }]);

	expect(ids(fresh)).toStrictEqual(['A']);
});

test.each<Partial<Payment>>([{ status: 'paid' }, { captured: 100 }, { refunded: 100 }])(
	'a change within the same moment is another one: %j',
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
])('%s of %j cannot be placed', (event, unplaced) => {
	const step = () => advance(begin(event), [payment('B', 0), unplaced]);

	expect(step).toThrow(ServiceError);
	expect(step).toThrow('Moyasar gave a payment without a readable time');
	expect(step).toThrow(
		expect.objectContaining({
			description: expect.stringContaining('the payment A.') as unknown,
		}) as Error,
	);
});

/** One thing that Moyasar shows in its list: a payment, or a change of one. */
interface Happening {
	id: string;
	/** Its time by Moyasar's clock, in ms after the start. */
	time: number;
	/** How long after that the list has it. */
	lateBy: number;
}

/** A poll: its moment, whether it gets as far as `advance`, and whether n8n restarts after it. */
interface Poll {
	time: number;
	fails: boolean;
	restarts: boolean;
	/** Chance, for the order of what has the same moment, and of what has not. */
	shuffle: number;
}

const MINUTE = 60_000;

// Few different moments, so that many meet in one second, and on the bounds.
const moments = (least: number, most: number) =>
	fc.oneof(
		fc
			.integer({ min: Math.ceil(least / 10_000), max: Math.floor(most / 10_000) })
			.map((n) => n * 10_000),
		fc.integer({ min: least, max: most }),
	);

const polls = fc
	.array(
		fc.record({
			time: moments(1, 10 * MINUTE),
			fails: fc.boolean(),
			restarts: fc.boolean(),
			shuffle: fc.nat(),
		}),
		{ minLength: 1, maxLength: 25 },
	)
	.map((list) => [
		...list.toSorted((a, b) => a.time - b.time),
		// What is left comes with the last one.
		{ time: 12 * MINUTE, fails: false, restarts: false, shuffle: 0 },
	]);

/** Plays polls against a list, and gives what they emitted. */
function play(
	event: PaymentEvent,
	visibleAt: (moment: number, since: number) => Payment[],
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
		const kept = parseCursor(stored, subject(event));
		if (!kept) throw new Error('The cursor cannot be read again.');
		cursor = kept;
		return fresh;
	});
}

const timeOf = ({ created_at = '' }: Payment) => Date.parse(created_at);

test('every payment is emitted once, whatever the polls and the order of arrival', () => {
	const happenings = fc.array(
		fc.record({ time: moments(-3 * MINUTE, 10 * MINUTE), lateBy: moments(0, MINUTE - 1) }),
		{ maxLength: 40 },
	);
	fc.assert(
		fc.property(happenings, polls, (given, steps) => {
			const all: Happening[] = given.map((one, index) => ({ id: `P${index}`, ...one }));
			const emitted = play(
				'newPayment',
				(moment, since) =>
					all
						.filter(({ time, lateBy }) => START + time + lateBy <= moment)
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

test('every change that a poll can see is emitted once', () => {
	const happenings = fc.array(fc.record({ payment: fc.nat(4), time: moments(1, 10 * MINUTE) }), {
		maxLength: 30,
	});
	fc.assert(
		fc.property(happenings, polls, (given, steps) => {
			const changes = given
				.map(({ payment: number, time }) => ({ id: `P${number}`, time }))
				.toSorted((a, b) => a.time - b.time);
			/** The list as it is at a moment: each payment with its latest change. */
			const listAt = (moment: number) =>
				new Map(
					changes
						.filter(({ time }) => START + time <= moment)
						.map(({ id, time }) => [id, payment(id, 0, time)]),
				);
			const name = ({ id, updated_at }: Payment) => `${id} ${updated_at}`;
			const emitted = play(
				'updatedPayment',
				(moment, since) =>
					[...listAt(moment).values()].filter(
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
