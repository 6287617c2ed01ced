import { WaitingExecutions } from '../../../../../nodes/RsomPay/wait/waitingExecutions.ts';
import { keysKeptBy } from '../../../support.mts';

const HOUR = 3_600_000;

const settled = (id: string) => ({ external_id: id, status: 'paid' });

let now = 0;
let executions = new WaitingExecutions();

beforeEach(() => {
	now = 1_000_000;
	executions = new WaitingExecutions(() => now);
});

/** The external IDs of the settled invoices that were reported to a wait. */
const idsOf = (...wait: Parameters<WaitingExecutions['get']>) => [
	...executions.get(...wait).settled.keys(),
];

test('returns what was reported to an execution while it waits', () => {
	const until = now + HOUR;
	expect(idsOf('1', until)).toStrictEqual([]);

	executions.get('1', until).settled.set('INV-1', settled('INV-1'));
	executions.get('1', until).settled.set('INV-2', settled('INV-2'));
	now += HOUR;
	expect(executions.get('1', until).settled).toStrictEqual(
		new Map([
			['INV-1', settled('INV-1')],
			['INV-2', settled('INV-2')],
		]),
	);
});

test('separates executions', () => {
	const until = now + HOUR;
	executions.get('1', until).settled.set('INV-1', settled('INV-1'));

	expect(idsOf('2', until)).toStrictEqual([]);
	expect(idsOf('1', until)).toStrictEqual(['INV-1']);
});

test('starts empty for each wait of a node in a loop', () => {
	executions.get('1', now + HOUR).settled.set('INV-1', settled('INV-1'));

	expect(idsOf('1', now + HOUR + 1)).toStrictEqual([]);
	expect(keysKeptBy(executions)).toHaveLength(1);
});

test('deletes an expired wait after an hour, on a call for any execution', () => {
	const until = now + HOUR;
	executions.get('1', until).settled.set('INV-1', settled('INV-1'));
	executions.get('2', until + HOUR).settled.set('INV-2', settled('INV-2'));
	now = until + HOUR;
	executions.get('3', now + 3 * HOUR);
	expect(keysKeptBy(executions)).toHaveLength(3);

	now = until + HOUR + 1;
	executions.get('3', now + 3 * HOUR);
	expect(keysKeptBy(executions)).toHaveLength(2);
	expect(idsOf('1', until)).toStrictEqual([]);
	expect(idsOf('2', until + HOUR)).toStrictEqual(['INV-2']);
});

test('deletes only the execution that has resumed', () => {
	const until = now + HOUR;
	executions.get('1', until).settled.set('INV-1', settled('INV-1'));
	executions.get('2', until).settled.set('INV-2', settled('INV-2'));
	executions.delete('1');
	executions.delete('3');

	expect(keysKeptBy(executions)).toHaveLength(1);
	expect(idsOf('1', until)).toStrictEqual([]);
	expect(idsOf('2', until)).toStrictEqual(['INV-2']);
});

describe('of many executions', () => {
	const YEAR = 365 * 24 * HOUR;

	test('remembers the 10,000 that were reported to last', () => {
		const until = now + YEAR;
		for (let id = 1; id <= 10_000; id++) {
			executions.get(String(id), until).settled.set('INV-1', settled('INV-1'));
		}
		expect(idsOf('1', until)).toStrictEqual(['INV-1']);
		expect(keysKeptBy(executions)).toHaveLength(10_000);

		executions.get('10001', until);
		expect(keysKeptBy(executions)).toHaveLength(10_000);
		expect(idsOf('1', until)).toStrictEqual(['INV-1']);
		expect(idsOf('2', until)).toStrictEqual([]);
		expect(idsOf('4', until)).toStrictEqual(['INV-1']);
	});

	test('has at most 10,000 resume locks, and releases the oldest first', () => {
		for (let id = 1; id <= 10_001; id++) executions.tryLock(String(id), now + YEAR);

		expect(keysKeptBy(executions)).toHaveLength(10_000);
		expect(executions.tryLock('2', now + YEAR)).toBe(false);
		expect(executions.tryLock('10001', now + YEAR)).toBe(false);
		expect(executions.tryLock('1', now + YEAR)).toBe(true);
	});
});

test('uses the real time by default', () => {
	const [past, future] = [Date.now() - 2 * HOUR, Date.now() + HOUR];
	const real = new WaitingExecutions();
	real.get('1', past).settled.set('INV-1', settled('INV-1'));
	real.get('2', future).settled.set('INV-2', settled('INV-2'));

	expect(real.get('1', past).settled.size).toBe(0);
	expect(real.get('2', future).settled.size).toBe(1);
});

describe('the resume lock', () => {
	const MINUTE = 60_000;

	test('is acquired once for each execution and wait', () => {
		const until = now + HOUR;

		expect(executions.tryLock('1', until)).toBe(true);
		expect(executions.tryLock('1', until)).toBe(false);
		expect(executions.tryLock('2', until)).toBe(true);
		expect(executions.tryLock('1', until + 1)).toBe(true);
		expect(executions.tryLock('1', until)).toBe(false);
	});

	test('expires after five minutes, and failed attempts do not renew it', () => {
		const until = now + HOUR;
		executions.tryLock('1', until);
		now += 3 * MINUTE;
		expect(executions.tryLock('1', until)).toBe(false);
		now += 2 * MINUTE;
		expect(executions.tryLock('1', until)).toBe(false);

		now += 1;
		expect(executions.tryLock('1', until)).toBe(true);
		expect(executions.tryLock('1', until)).toBe(false);
	});

	test('is deleted after it has expired, on an attempt for any execution', () => {
		executions.tryLock('1', now + HOUR);
		now += 5 * MINUTE;
		executions.tryLock('2', now + HOUR);
		expect(keysKeptBy(executions)).toHaveLength(2);

		now += 1;
		executions.tryLock('3', now + HOUR);
		expect(keysKeptBy(executions)).toHaveLength(2);
	});

	test('is released for one execution and wait only', () => {
		const until = now + HOUR;
		executions.tryLock('1', until);
		executions.tryLock('1', until + 1);
		executions.tryLock('2', until);
		executions.unlock('1', until);
		executions.unlock('3', until);

		expect(executions.tryLock('1', until)).toBe(true);
		expect(executions.tryLock('1', until + 1)).toBe(false);
		expect(executions.tryLock('2', until)).toBe(false);
	});

	test('stays when the execution is deleted', () => {
		const until = now + HOUR;
		executions.tryLock('1', until);
		executions.delete('1');

		expect(executions.tryLock('1', until)).toBe(false);
	});

	test('can be released without deleting what was reported', () => {
		const until = now + HOUR;
		executions.get('1', until).settled.set('INV-1', settled('INV-1'));
		executions.tryLock('1', until);
		executions.unlock('1', until);

		expect(idsOf('1', until)).toStrictEqual(['INV-1']);
	});
});
