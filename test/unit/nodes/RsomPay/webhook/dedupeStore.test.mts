import fc from 'fast-check';

import { DedupeStore, dedupeStoreOf } from '../../../../../nodes/RsomPay/webhook/dedupeStore.ts';

const HOUR = 60 * 60 * 1000;
const START = Date.parse('2026-05-18T12:00:00Z');

let now = START;

beforeEach(() => {
	now = START;
});

const create = () => new DedupeStore(() => now);

/** As after a restart: only what was written down. */
const restarted = (deliveries: DedupeStore) => {
	const fresh = create();
	fresh.merge(deliveries.serialize());
	return fresh;
};

/** Whether a delivery would be worked on, without taking it on. */
const isKnown = (deliveries: DedupeStore, eventId: string) => {
	const claim = deliveries.begin(eventId);
	if (claim === 'new') deliveries.rollback(eventId);
	return claim === 'duplicate';
};

const accept = (deliveries: DedupeStore, ...eventIds: string[]) => {
	for (const eventId of eventIds) {
		deliveries.begin(eventId);
		deliveries.commit(eventId);
	}
};

const entries = (deliveries: DedupeStore) => deliveries.serialize().split(' ').filter(Boolean);

describe('a delivery', () => {
	test('is worked on once', () => {
		const deliveries = create();

		expect(deliveries.begin('a')).toBe('new');
		expect(deliveries.begin('a')).toBe('inFlight');
		expect(deliveries.begin('a')).toBe('inFlight');
		expect(deliveries.begin('b')).toBe('new');

		deliveries.commit('a');
		expect(deliveries.begin('a')).toBe('duplicate');
		expect(deliveries.begin('a')).toBe('duplicate');
		expect(deliveries.begin('b')).toBe('inFlight');
	});

	test('that was given up is welcome again', () => {
		const deliveries = create();
		deliveries.begin('a');
		deliveries.rollback('a');

		expect(deliveries.begin('a')).toBe('new');
	});

	test('that was accepted too early can be given up', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		deliveries.rollback('a');

		expect(isKnown(deliveries, 'a')).toBe(false);
		expect(isKnown(restarted(deliveries), 'a')).toBe(false);
		expect(isKnown(deliveries, 'b')).toBe(true);
	});

	test('is remembered only when it is accepted', () => {
		const deliveries = create();
		deliveries.begin('a');

		expect(deliveries.serialize()).toBe('');
		expect(isKnown(restarted(deliveries), 'a')).toBe(false);
	});

	test('is remembered for 72 hours', () => {
		const deliveries = create();
		accept(deliveries, 'a');
		now += 72 * HOUR - 1;
		expect(isKnown(deliveries, 'a')).toBe(true);

		now += 1;
		expect(isKnown(deliveries, 'a')).toBe(false);
	});

	test('is remembered for as long again when it is accepted again', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		now += 71 * HOUR;
		deliveries.commit('a');
		now += 71 * HOUR;

		expect(isKnown(deliveries, 'a')).toBe(true);
		expect(isKnown(deliveries, 'b')).toBe(false);
	});
});

describe('there is news', () => {
	test('when a delivery was accepted, until it is written down', () => {
		const deliveries = create();
		expect(deliveries.isDirty()).toBe(false);

		deliveries.begin('a');
		expect(deliveries.isDirty()).toBe(false);
		deliveries.commit('a');
		expect(deliveries.isDirty()).toBe(true);

		deliveries.serialize();
		expect(deliveries.isDirty()).toBe(false);
		deliveries.commit('a');
		expect(deliveries.isDirty()).toBe(false);
		now += 1_000;
		deliveries.commit('a');
		expect(deliveries.isDirty()).toBe(false);
		deliveries.commit('b');
		expect(deliveries.isDirty()).toBe(true);
	});

	test('not when it was read', () => {
		const deliveries = create();
		accept(deliveries, 'a');

		expect(restarted(deliveries).isDirty()).toBe(false);
	});
});

describe('the newest deliveries', () => {
	const ids = (count: number) => Array.from({ length: count }, (_, index) => `event ${index}`);

	test('are remembered, 2,000 of them', () => {
		const deliveries = create();
		accept(deliveries, ...ids(2_001));

		expect(entries(deliveries)).toHaveLength(2_000);
		expect(isKnown(deliveries, 'event 0')).toBe(false);
		expect(isKnown(deliveries, 'event 1')).toBe(true);
		expect(isKnown(deliveries, 'event 2000')).toBe(true);
	});

	test('are those that were accepted last, for whichever time', () => {
		const deliveries = create();
		accept(deliveries, ...ids(2_000));
		now += 1_000;
		deliveries.commit('event 0');
		accept(deliveries, 'another');

		expect(isKnown(deliveries, 'event 0')).toBe(true);
		expect(isKnown(deliveries, 'event 1')).toBe(false);
	});

	test('are remembered across a restart, and the oldest still goes first', () => {
		const deliveries = create();
		accept(deliveries, ...ids(2_000));
		const fresh = restarted(deliveries);
		now += 1_000;
		accept(fresh, 'another');

		expect(entries(fresh)).toHaveLength(2_000);
		expect(isKnown(fresh, 'event 0')).toBe(false);
		expect(isKnown(fresh, 'event 1')).toBe(true);
		expect(isKnown(fresh, 'another')).toBe(true);
	});

	test('push out those of more than 72 hours ago', () => {
		const deliveries = create();
		accept(deliveries, 'old 1', 'old 2');
		now += 71 * HOUR;
		accept(deliveries, 'young');
		now += HOUR;
		accept(deliveries, 'new');

		expect(entries(deliveries)).toHaveLength(2);
	});

	test('take about 24 characters each, whatever their IDs are', () => {
		const deliveries = create();
		accept(deliveries, 'x'.repeat(255), 'حدث', '550e8400-e29b-41d4-a716-446655440000', 'a b');

		expect(entries(deliveries)).toHaveLength(4);
		for (const entry of entries(deliveries)) expect(entry).toMatch(/^[\w-]{16}[0-9a-z]{6}$/);
	});
});

describe('what is written down', () => {
	test('reads back the same', () => {
		const deliveries = create();
		accept(deliveries, 'a');
		now += 5_000;
		accept(deliveries, 'b', 'c');
		const fresh = restarted(deliveries);

		expect(fresh.serialize()).toBe(deliveries.serialize());
		expect(['a', 'b', 'c', 'd'].map((id) => isKnown(fresh, id))).toStrictEqual([
			true,
			true,
			true,
			false,
		]);
	});

	test('is remembered from when it was accepted, to the second', () => {
		now += 999;
		const deliveries = create();
		accept(deliveries, 'a');
		now = START + 72 * HOUR - 1;
		expect(isKnown(restarted(deliveries), 'a')).toBe(true);

		now += 1;
		expect(isKnown(restarted(deliveries), 'a')).toBe(false);
	});

	test('by another process is taken over, in the order of time', () => {
		const [ours, theirs] = [create(), create()];
		accept(ours, 'a');
		now += 1_000;
		accept(theirs, 'b');
		now += 1_000;
		accept(ours, 'c');
		const before = entries(ours);
		ours.merge(theirs.serialize());

		expect(entries(ours)).toStrictEqual([before[0], ...entries(theirs), before[1]]);
		expect(['a', 'b', 'c'].every((id) => isKnown(ours, id))).toBe(true);
	});

	test('stays the same when a delivery is saved and then answered in the same second', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		const written = deliveries.serialize();
		now += 999;
		deliveries.commit('a');

		expect(deliveries.serialize()).toBe(written);
	});

	test('and is read again changes nothing', () => {
		const deliveries = create();
		accept(deliveries, 'a');
		now += 1_500;
		accept(deliveries, 'b');
		const written = deliveries.serialize();
		deliveries.merge(written);
		deliveries.merge(written);

		expect(deliveries.serialize()).toBe(written);
	});

	test('does not bring back what was given up since', () => {
		const deliveries = create();
		accept(deliveries, 'a');
		const written = deliveries.serialize();
		deliveries.rollback('a');
		deliveries.merge(written);

		expect(isKnown(deliveries, 'a')).toBe(false);
	});

	test('does not bring back what was given up since, when it is an older one', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		const older = deliveries.serialize();
		deliveries.rollback('a');
		accept(deliveries, 'c');
		deliveries.serialize();
		deliveries.merge(older);

		expect(isKnown(deliveries, 'a')).toBe(false);
	});

	test('of another process does not make older what was accepted here again', () => {
		const [ours, theirs] = [create(), create()];
		accept(theirs, 'a');
		now += 1_000;
		accept(ours, 'b');
		now += 1_000;
		accept(theirs, 'c');
		now += 1_000;
		accept(ours, 'a');
		const [b, a] = entries(ours);
		const [, c] = entries(theirs);
		ours.merge(theirs.serialize());

		expect(entries(ours)).toStrictEqual([b, c, a]);
	});

	test('of another process does not end what is under way here', () => {
		const [ours, theirs] = [create(), create()];
		ours.begin('a');
		accept(theirs, 'a');
		ours.merge(theirs.serialize());

		expect(ours.begin('a')).toBe('inFlight');
		ours.commit('a');
		expect(ours.begin('a')).toBe('duplicate');
	});

	test.each([
		[''],
		[' '],
		['garbage'],
		['{"a":1}'],
		['x'.repeat(40)],
		['AAAAAAAAAAAAAAAA'],
		['AAAAAAAAAAAAAAAA!!!'],
		['AAAAAAAAAAAAAAAAzzzzzzzzzzzz'],
		['AAAAAAAAAAAAAAAA-5'],
		[`AAAAAAAAAAAAAAAA${(START / 1000).toString(36)}!`],
		[`!AAAAAAAAAAAAAAA${(START / 1000).toString(36)}`],
		[`!AAAAAAAAAAAAAAAA${(START / 1000).toString(36)}`],
		[`AAAAAAAAAAAAAAAA${((START - 73 * HOUR) / 1000).toString(36)}`],
		[`AAAAAAAAAAAAAAAA${((START + 73 * HOUR) / 1000).toString(36)}`],
	])('and is none of ours is passed over: %j', (text) => {
		const deliveries = create();
		accept(deliveries, 'a');
		const written = deliveries.serialize();
		deliveries.merge(`${text} ${written} ${text}`);

		expect(deliveries.serialize()).toBe(written);
	});

	test('may be any text', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
				const deliveries = create();
				deliveries.merge(text);
				expect(deliveries.begin('a')).toBe('new');
				deliveries.commit('a');
				expect(deliveries.begin('a')).toBe('duplicate');
			}),
		);
	});
});

test('whatever happens, an accepted delivery is known and no other is', () => {
	const step = fc.oneof(
		fc.record({
			does: fc.constantFrom('claim', 'accept', 'release'),
			id: fc.constantFrom(...'abcde'.split('')),
		}),
		fc.record({ does: fc.constant('restart'), id: fc.constant('') }),
		fc.record({ does: fc.constant('wait'), id: fc.constant('') }),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
			let deliveries = create();
			const underWay = new Set<string>();
			const accepted = new Set<string>();
			for (const { does, id } of steps) {
				if (does === 'wait') now += 1_000;
				if (does === 'restart') {
					deliveries = restarted(deliveries);
					underWay.clear();
				}
				if (does === 'claim') {
					const expected = underWay.has(id) ? 'inFlight' : accepted.has(id) ? 'duplicate' : 'new';
					expect(deliveries.begin(id)).toBe(expected);
					if (expected === 'new') underWay.add(id);
				}
				if (does === 'accept' && underWay.delete(id)) {
					deliveries.commit(id);
					accepted.add(id);
				}
				if (does === 'release' && underWay.delete(id)) deliveries.rollback(id);
			}
		}),
	);
});

describe('deliveriesOf', () => {
	test('is one for each trigger node and kind', () => {
		const first = dedupeStoreOf('workflow', 'node', 'deliveries');

		expect(dedupeStoreOf('workflow', 'node', 'deliveries')).toBe(first);
		expect(dedupeStoreOf('workflow', 'other', 'deliveries')).not.toBe(first);
		expect(dedupeStoreOf('other', 'node', 'deliveries')).not.toBe(first);
		expect(dedupeStoreOf('workflow', 'node', 'returns')).not.toBe(first);
	});
});
