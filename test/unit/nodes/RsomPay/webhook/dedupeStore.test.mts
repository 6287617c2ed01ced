import fc from 'fast-check';

import { DedupeStore, dedupeStoreOf } from '../../../../../nodes/RsomPay/webhook/dedupeStore.ts';

const HOUR = 60 * 60 * 1000;
const START = Date.parse('2026-05-18T12:00:00Z');

let now = START;

beforeEach(() => {
	now = START;
});

const create = () => new DedupeStore(() => now);

/** Returns the store as it is after a restart, with only what was saved. */
const restarted = (store: DedupeStore) => {
	const loaded = create();
	loaded.merge(store.serialize());
	return loaded;
};

/** Returns whether a delivery would be a duplicate, and leaves the store unchanged. */
const isDuplicate = (store: DedupeStore, eventId: string) => {
	const result = store.begin(eventId);
	if (result === 'new') store.rollback(eventId);
	return result === 'duplicate';
};

const beginAndCommit = (store: DedupeStore, ...eventIds: string[]) => {
	for (const eventId of eventIds) {
		store.begin(eventId);
		store.commit(eventId);
	}
};

const entries = (store: DedupeStore) => store.serialize().split(' ').filter(Boolean);

describe('begin, commit and rollback', () => {
	test('begin returns new once, then inFlight, and duplicate after commit', () => {
		const store = create();

		expect(store.begin('a')).toBe('new');
		expect(store.begin('a')).toBe('inFlight');
		expect(store.begin('a')).toBe('inFlight');
		expect(store.begin('b')).toBe('new');

		store.commit('a');
		expect(store.begin('a')).toBe('duplicate');
		expect(store.begin('a')).toBe('duplicate');
		expect(store.begin('b')).toBe('inFlight');
	});

	test('a delivery is new again after a rollback', () => {
		const store = create();
		store.begin('a');
		store.rollback('a');

		expect(store.begin('a')).toBe('new');
	});

	test('rollback undoes a commit', () => {
		const store = create();
		beginAndCommit(store, 'a', 'b');
		store.rollback('a');

		expect(isDuplicate(store, 'a')).toBe(false);
		expect(isDuplicate(restarted(store), 'a')).toBe(false);
		expect(isDuplicate(store, 'b')).toBe(true);
	});

	test('a delivery in flight is not serialised', () => {
		const store = create();
		store.begin('a');

		expect(store.serialize()).toBe('');
		expect(isDuplicate(restarted(store), 'a')).toBe(false);
	});

	test('a committed delivery is a duplicate for 72 hours', () => {
		const store = create();
		beginAndCommit(store, 'a');
		now += 72 * HOUR - 1;
		expect(isDuplicate(store, 'a')).toBe(true);

		now += 1;
		expect(isDuplicate(store, 'a')).toBe(false);
	});

	test('another commit renews the 72 hours', () => {
		const store = create();
		beginAndCommit(store, 'a', 'b');
		now += 71 * HOUR;
		store.commit('a');
		now += 71 * HOUR;

		expect(isDuplicate(store, 'a')).toBe(true);
		expect(isDuplicate(store, 'b')).toBe(false);
	});
});

describe('retention', () => {
	const ids = (count: number) => Array.from({ length: count }, (_, index) => `event ${index}`);

	test('retains the newest 2,000 deliveries', () => {
		const store = create();
		beginAndCommit(store, ...ids(2_001));

		expect(isDuplicate(store, 'event 0')).toBe(false);
		expect(isDuplicate(store, 'event 1')).toBe(true);
		expect(isDuplicate(store, 'event 2000')).toBe(true);
	});

	test('evicts the delivery whose last commit is the oldest', () => {
		const store = create();
		beginAndCommit(store, ...ids(2_000));
		now += 1_000;
		store.commit('event 0');
		beginAndCommit(store, 'another');

		expect(isDuplicate(store, 'event 0')).toBe(true);
		expect(isDuplicate(store, 'event 1')).toBe(false);
	});

	test('saves the newest 130 deliveries', () => {
		const store = create();
		beginAndCommit(store, ...ids(2_000));
		const loaded = restarted(store);

		expect(entries(store)).toHaveLength(130);
		expect(store.serialize().length).toBeLessThan(3_200);
		expect(isDuplicate(loaded, 'event 1869')).toBe(false);
		expect(isDuplicate(loaded, 'event 1870')).toBe(true);
	});

	test('evicts the oldest when it merges, too', () => {
		const store = create();
		beginAndCommit(store, ...ids(2_000));
		now += 1_000;
		const other = create();
		beginAndCommit(other, 'another');
		store.merge(other.serialize());

		expect(isDuplicate(store, 'event 0')).toBe(false);
		expect(isDuplicate(store, 'event 1')).toBe(true);
		expect(isDuplicate(store, 'another')).toBe(true);
	});

	test('evicts deliveries of more than 72 hours ago', () => {
		const store = create();
		beginAndCommit(store, 'old 1', 'old 2');
		now += 71 * HOUR;
		beginAndCommit(store, 'young');
		now += HOUR;
		beginAndCommit(store, 'new');

		expect(entries(store)).toHaveLength(2);
	});

	test('stores each delivery in 22 characters, for any ID', () => {
		const store = create();
		beginAndCommit(store, 'x'.repeat(255), 'حدث', '550e8400-e29b-41d4-a716-446655440000', 'a b');

		expect(entries(store)).toHaveLength(4);
		for (const entry of entries(store)) expect(entry).toMatch(/^[\w-]{16}[0-9a-z]{6}$/);
	});
});

describe('serialize and merge', () => {
	test('merge restores what serialize returned', () => {
		const store = create();
		beginAndCommit(store, 'a');
		now += 5_000;
		beginAndCommit(store, 'b', 'c');
		const loaded = restarted(store);

		expect(loaded.serialize()).toBe(store.serialize());
		expect(['a', 'b', 'c', 'd'].map((id) => isDuplicate(loaded, id))).toStrictEqual([
			true,
			true,
			true,
			false,
		]);
	});

	test('the 72 hours begin with the second of the commit', () => {
		now += 999;
		const store = create();
		beginAndCommit(store, 'a');
		now = START + 72 * HOUR - 1;
		expect(isDuplicate(restarted(store), 'a')).toBe(true);

		now += 1;
		expect(isDuplicate(restarted(store), 'a')).toBe(false);
	});

	test('merges deliveries of another process in the order of time', () => {
		const [ours, theirs] = [create(), create()];
		beginAndCommit(ours, 'a');
		now += 1_000;
		beginAndCommit(theirs, 'b');
		now += 1_000;
		beginAndCommit(ours, 'c');
		const before = entries(ours);
		ours.merge(theirs.serialize());

		expect(entries(ours)).toStrictEqual([before[0], ...entries(theirs), before[1]]);
		expect(['a', 'b', 'c'].every((id) => isDuplicate(ours, id))).toBe(true);
	});

	test('a second commit within the same second changes nothing', () => {
		const store = create();
		beginAndCommit(store, 'a', 'b');
		const serialized = store.serialize();
		now += 999;
		store.commit('a');

		expect(store.serialize()).toBe(serialized);
	});

	test('merging the same text again changes nothing', () => {
		const store = create();
		beginAndCommit(store, 'a');
		now += 1_500;
		beginAndCommit(store, 'b');
		const serialized = store.serialize();
		store.merge(serialized);
		store.merge(serialized);

		expect(store.serialize()).toBe(serialized);
	});

	test('does not restore a delivery that was rolled back after it was serialised', () => {
		const store = create();
		beginAndCommit(store, 'a');
		const serialized = store.serialize();
		store.rollback('a');
		store.merge(serialized);

		expect(isDuplicate(store, 'a')).toBe(false);
	});

	test('does not restore a rolled-back delivery from an older text', () => {
		const store = create();
		beginAndCommit(store, 'a', 'b');
		const older = store.serialize();
		store.rollback('a');
		beginAndCommit(store, 'c');
		store.serialize();
		store.merge(older);

		expect(isDuplicate(store, 'a')).toBe(false);
	});

	test('restores a delivery that was rolled back, and committed again', () => {
		const store = create();
		beginAndCommit(store, 'a');
		store.rollback('a');
		beginAndCommit(store, 'a');

		expect(isDuplicate(restarted(store), 'a')).toBe(true);
	});

	test('merges what is older than the newest entry of both', () => {
		const [ours, theirs, both] = [create(), create(), create()];
		beginAndCommit(ours, 'c');
		now += 1_000;
		beginAndCommit(theirs, 'b');
		both.merge(theirs.serialize());
		both.merge(ours.serialize());
		theirs.merge(both.serialize());

		expect(isDuplicate(theirs, 'c')).toBe(true);
		expect(theirs.serialize()).toBe(both.serialize());
	});

	test('two processes serialise the same deliveries alike', () => {
		const [ours, theirs] = [create(), create()];
		beginAndCommit(ours, 'a', 'b', 'c');
		beginAndCommit(theirs, 'c', 'a', 'b');

		expect(ours.serialize()).toBe(theirs.serialize());
	});

	test('does not replace a newer commit by an older one of another process', () => {
		const [ours, theirs] = [create(), create()];
		beginAndCommit(theirs, 'a');
		now += 1_000;
		beginAndCommit(ours, 'b');
		now += 1_000;
		beginAndCommit(theirs, 'c');
		now += 1_000;
		beginAndCommit(ours, 'a');
		const [b, a] = entries(ours);
		const [, c] = entries(theirs);
		ours.merge(theirs.serialize());

		expect(entries(ours)).toStrictEqual([b, c, a]);
	});

	test('leaves a delivery in flight that another process has committed', () => {
		const [ours, theirs] = [create(), create()];
		ours.begin('a');
		beginAndCommit(theirs, 'a');
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
	])('ignores a text that is no entry: %j', (text) => {
		const store = create();
		beginAndCommit(store, 'a');
		const serialized = store.serialize();
		store.merge(`${text} ${serialized} ${text}`);

		expect(store.serialize()).toBe(serialized);
	});

	test('merges any text', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
				const store = create();
				store.merge(text);
				expect(store.begin('a')).toBe('new');
				store.commit('a');
				expect(store.begin('a')).toBe('duplicate');
			}),
		);
	});
});

test('a delivery is a duplicate only after its commit, for any sequence of calls', () => {
	const step = fc.oneof(
		fc.record({
			call: fc.constantFrom('begin', 'commit', 'rollback'),
			id: fc.constantFrom(...'abcde'.split('')),
		}),
		fc.record({ call: fc.constant('restart'), id: fc.constant('') }),
		fc.record({ call: fc.constant('wait'), id: fc.constant('') }),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
			let store = create();
			const inFlight = new Set<string>();
			const committed = new Set<string>();
			for (const { call, id } of steps) {
				if (call === 'wait') now += 1_000;
				if (call === 'restart') {
					store = restarted(store);
					inFlight.clear();
				}
				if (call === 'begin') {
					const expected = inFlight.has(id) ? 'inFlight' : committed.has(id) ? 'duplicate' : 'new';
					expect(store.begin(id)).toBe(expected);
					if (expected === 'new') inFlight.add(id);
				}
				if (call === 'commit' && inFlight.delete(id)) {
					store.commit(id);
					committed.add(id);
				}
				if (call === 'rollback' && inFlight.delete(id)) store.rollback(id);
			}
		}),
	);
});

describe('dedupeStoreOf', () => {
	test('returns one store per workflow, trigger node and kind', () => {
		const first = dedupeStoreOf('workflow', 'node', 'deliveries');

		expect(dedupeStoreOf('workflow', 'node', 'deliveries')).toBe(first);
		expect(dedupeStoreOf('workflow', 'other', 'deliveries')).not.toBe(first);
		expect(dedupeStoreOf('other', 'node', 'deliveries')).not.toBe(first);
		expect(dedupeStoreOf('workflow', 'node', 'returns')).not.toBe(first);
	});
});
