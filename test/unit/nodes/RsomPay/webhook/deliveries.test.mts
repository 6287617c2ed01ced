import fc from 'fast-check';

import { Deliveries, deliveriesOf } from '../../../../../nodes/RsomPay/webhook/deliveries.ts';

const HOUR = 60 * 60 * 1000;
const START = Date.parse('2026-05-18T12:00:00Z');

let now = START;

beforeEach(() => {
	now = START;
});

const create = () => new Deliveries(() => now);

/** As after a restart: only what was written down. */
const restarted = (deliveries: Deliveries) => {
	const fresh = create();
	fresh.read(deliveries.toString());
	return fresh;
};

/** Whether a delivery would be worked on, without taking it on. */
const isKnown = (deliveries: Deliveries, eventId: string) => {
	const claim = deliveries.claim(eventId);
	if (claim === 'new') deliveries.release(eventId);
	return claim === 'repeated';
};

const accept = (deliveries: Deliveries, ...eventIds: string[]) => {
	for (const eventId of eventIds) {
		deliveries.claim(eventId);
		deliveries.accept(eventId);
	}
};

const entries = (deliveries: Deliveries) => deliveries.toString().split(' ').filter(Boolean);

describe('a delivery', () => {
	test('is worked on once', () => {
		const deliveries = create();

		expect(deliveries.claim('a')).toBe('new');
		expect(deliveries.claim('a')).toBe('under way');
		expect(deliveries.claim('a')).toBe('under way');
		expect(deliveries.claim('b')).toBe('new');

		deliveries.accept('a');
		expect(deliveries.claim('a')).toBe('repeated');
		expect(deliveries.claim('a')).toBe('repeated');
		expect(deliveries.claim('b')).toBe('under way');
	});

	test('that was given up is welcome again', () => {
		const deliveries = create();
		deliveries.claim('a');
		deliveries.release('a');

		expect(deliveries.claim('a')).toBe('new');
	});

	test('that was accepted too early can be given up', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		deliveries.release('a');

		expect(isKnown(deliveries, 'a')).toBe(false);
		expect(isKnown(restarted(deliveries), 'a')).toBe(false);
		expect(isKnown(deliveries, 'b')).toBe(true);
	});

	test('is remembered only when it is accepted', () => {
		const deliveries = create();
		deliveries.claim('a');

		expect(deliveries.toString()).toBe('');
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
		deliveries.accept('a');
		now += 71 * HOUR;

		expect(isKnown(deliveries, 'a')).toBe(true);
		expect(isKnown(deliveries, 'b')).toBe(false);
	});
});

describe('there is news', () => {
	test('when a delivery was accepted, until it is written down', () => {
		const deliveries = create();
		expect(deliveries.hasNews()).toBe(false);

		deliveries.claim('a');
		expect(deliveries.hasNews()).toBe(false);
		deliveries.accept('a');
		expect(deliveries.hasNews()).toBe(true);

		deliveries.toString();
		expect(deliveries.hasNews()).toBe(false);
		deliveries.accept('a');
		expect(deliveries.hasNews()).toBe(false);
		now += 1_000;
		deliveries.accept('a');
		expect(deliveries.hasNews()).toBe(false);
		deliveries.accept('b');
		expect(deliveries.hasNews()).toBe(true);
	});

	test('not when it was read', () => {
		const deliveries = create();
		accept(deliveries, 'a');

		expect(restarted(deliveries).hasNews()).toBe(false);
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
		deliveries.accept('event 0');
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

		expect(fresh.toString()).toBe(deliveries.toString());
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
		ours.read(theirs.toString());

		expect(entries(ours)).toStrictEqual([before[0], ...entries(theirs), before[1]]);
		expect(['a', 'b', 'c'].every((id) => isKnown(ours, id))).toBe(true);
	});

	test('stays the same when a delivery is saved and then answered in the same second', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		const written = deliveries.toString();
		now += 999;
		deliveries.accept('a');

		expect(deliveries.toString()).toBe(written);
	});

	test('and is read again changes nothing', () => {
		const deliveries = create();
		accept(deliveries, 'a');
		now += 1_500;
		accept(deliveries, 'b');
		const written = deliveries.toString();
		deliveries.read(written);
		deliveries.read(written);

		expect(deliveries.toString()).toBe(written);
	});

	test('does not bring back what was given up since', () => {
		const deliveries = create();
		accept(deliveries, 'a');
		const written = deliveries.toString();
		deliveries.release('a');
		deliveries.read(written);

		expect(isKnown(deliveries, 'a')).toBe(false);
	});

	test('does not bring back what was given up since, when it is an older one', () => {
		const deliveries = create();
		accept(deliveries, 'a', 'b');
		const older = deliveries.toString();
		deliveries.release('a');
		accept(deliveries, 'c');
		deliveries.toString();
		deliveries.read(older);

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
		ours.read(theirs.toString());

		expect(entries(ours)).toStrictEqual([b, c, a]);
	});

	test('of another process does not end what is under way here', () => {
		const [ours, theirs] = [create(), create()];
		ours.claim('a');
		accept(theirs, 'a');
		ours.read(theirs.toString());

		expect(ours.claim('a')).toBe('under way');
		ours.accept('a');
		expect(ours.claim('a')).toBe('repeated');
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
		const written = deliveries.toString();
		deliveries.read(`${text} ${written} ${text}`);

		expect(deliveries.toString()).toBe(written);
	});

	test('may be any text', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
				const deliveries = create();
				deliveries.read(text);
				expect(deliveries.claim('a')).toBe('new');
				deliveries.accept('a');
				expect(deliveries.claim('a')).toBe('repeated');
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
					const expected = underWay.has(id) ? 'under way' : accepted.has(id) ? 'repeated' : 'new';
					expect(deliveries.claim(id)).toBe(expected);
					if (expected === 'new') underWay.add(id);
				}
				if (does === 'accept' && underWay.delete(id)) {
					deliveries.accept(id);
					accepted.add(id);
				}
				if (does === 'release' && underWay.delete(id)) deliveries.release(id);
			}
		}),
	);
});

describe('deliveriesOf', () => {
	test('is one for each trigger node and kind', () => {
		const first = deliveriesOf('workflow', 'node', 'deliveries');

		expect(deliveriesOf('workflow', 'node', 'deliveries')).toBe(first);
		expect(deliveriesOf('workflow', 'other', 'deliveries')).not.toBe(first);
		expect(deliveriesOf('other', 'node', 'deliveries')).not.toBe(first);
		expect(deliveriesOf('workflow', 'node', 'returns')).not.toBe(first);
	});
});
