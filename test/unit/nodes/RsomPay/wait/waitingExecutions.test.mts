import { WaitingExecutions } from '../../../../../nodes/RsomPay/wait/waitingExecutions.ts';
import { keysKeptBy } from '../../../support.mts';

const HOUR = 3_600_000;

const settled = (id: string) => ({ external_id: id, status: 'paid' });

let now = 0;
let told = new WaitingExecutions();

beforeEach(() => {
	now = 1_000_000;
	told = new WaitingExecutions(() => now);
});

/** Which invoices an execution has been told of. */
const idsOf = (...wait: Parameters<WaitingExecutions['get']>) => [
	...told.get(...wait).settled.keys(),
];

test('remembers what an execution was told while it waits', () => {
	const until = now + HOUR;
	expect(idsOf('1', until)).toStrictEqual([]);

	told.get('1', until).settled.set('INV-1', settled('INV-1'));
	told.get('1', until).settled.set('INV-2', settled('INV-2'));
	now += HOUR;
	expect(told.get('1', until).settled).toStrictEqual(
		new Map([
			['INV-1', settled('INV-1')],
			['INV-2', settled('INV-2')],
		]),
	);
});

test('keeps executions apart', () => {
	const until = now + HOUR;
	told.get('1', until).settled.set('INV-1', settled('INV-1'));

	expect(idsOf('2', until)).toStrictEqual([]);
	expect(idsOf('1', until)).toStrictEqual(['INV-1']);
});

test('begins anew with each wait of a node in a loop', () => {
	told.get('1', now + HOUR).settled.set('INV-1', settled('INV-1'));

	expect(idsOf('1', now + HOUR + 1)).toStrictEqual([]);
	expect(keysKeptBy(told)).toHaveLength(1);
});

test('forgets what a wait was told an hour after its time is up, whoever asks', () => {
	const until = now + HOUR;
	told.get('1', until).settled.set('INV-1', settled('INV-1'));
	told.get('2', until + HOUR).settled.set('INV-2', settled('INV-2'));
	now = until + HOUR;
	told.get('3', now + 3 * HOUR);
	expect(keysKeptBy(told)).toHaveLength(3);

	now = until + HOUR + 1;
	told.get('3', now + 3 * HOUR);
	expect(keysKeptBy(told)).toHaveLength(2);
	expect(idsOf('1', until)).toStrictEqual([]);
	expect(idsOf('2', until + HOUR)).toStrictEqual(['INV-2']);
});

test('forgets an execution that goes on, and no other', () => {
	const until = now + HOUR;
	told.get('1', until).settled.set('INV-1', settled('INV-1'));
	told.get('2', until).settled.set('INV-2', settled('INV-2'));
	told.delete('1');
	told.delete('3');

	expect(keysKeptBy(told)).toHaveLength(1);
	expect(idsOf('1', until)).toStrictEqual([]);
	expect(idsOf('2', until)).toStrictEqual(['INV-2']);
});

test('goes by the real time where it is given no clock', () => {
	const [past, future] = [Date.now() - 2 * HOUR, Date.now() + HOUR];
	const real = new WaitingExecutions();
	real.get('1', past).settled.set('INV-1', settled('INV-1'));
	real.get('2', future).settled.set('INV-2', settled('INV-2'));

	expect(real.get('1', past).settled.size).toBe(0);
	expect(real.get('2', future).settled.size).toBe(1);
});

describe('a claim to let an execution go on', () => {
	const MINUTE = 60_000;

	test('is the first of its execution and wait alone', () => {
		const until = now + HOUR;

		expect(told.tryLock('1', until)).toBe(true);
		expect(told.tryLock('1', until)).toBe(false);
		expect(told.tryLock('2', until)).toBe(true);
		expect(told.tryLock('1', until + 1)).toBe(true);
		expect(told.tryLock('1', until)).toBe(false);
	});

	test('ends after five minutes, and is not prolonged by those who come in vain', () => {
		const until = now + HOUR;
		told.tryLock('1', until);
		now += 3 * MINUTE;
		expect(told.tryLock('1', until)).toBe(false);
		now += 2 * MINUTE;
		expect(told.tryLock('1', until)).toBe(false);

		now += 1;
		expect(told.tryLock('1', until)).toBe(true);
		expect(told.tryLock('1', until)).toBe(false);
	});

	test('is forgotten when it has ended, whoever claims', () => {
		told.tryLock('1', now + HOUR);
		now += 5 * MINUTE;
		told.tryLock('2', now + HOUR);
		expect(keysKeptBy(told)).toHaveLength(2);

		now += 1;
		told.tryLock('3', now + HOUR);
		expect(keysKeptBy(told)).toHaveLength(2);
	});

	test('can be given up, and no other with it', () => {
		const until = now + HOUR;
		told.tryLock('1', until);
		told.tryLock('1', until + 1);
		told.tryLock('2', until);
		told.unlock('1', until);
		told.unlock('3', until);

		expect(told.tryLock('1', until)).toBe(true);
		expect(told.tryLock('1', until + 1)).toBe(false);
		expect(told.tryLock('2', until)).toBe(false);
	});

	test('stays when what the execution was told is forgotten', () => {
		const until = now + HOUR;
		told.tryLock('1', until);
		told.delete('1');

		expect(told.tryLock('1', until)).toBe(false);
	});

	test('given up leaves what the execution was told', () => {
		const until = now + HOUR;
		told.get('1', until).settled.set('INV-1', settled('INV-1'));
		told.tryLock('1', until);
		told.unlock('1', until);

		expect(idsOf('1', until)).toStrictEqual(['INV-1']);
	});
});
