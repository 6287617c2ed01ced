import { type Settled, Told } from '../../../../../nodes/RsomPay/waiting/told.ts';
import { keysKeptBy } from '../../../support.mts';

const HOUR = 3_600_000;

const settled = (id: string): Settled => ({
	invoice: { external_id: id, status: 'paid' },
	payment: null,
});

let now = 0;
let told = new Told();

beforeEach(() => {
	now = 1_000_000;
	told = new Told(() => now);
});

/** Which invoices an execution has been told of. */
const idsOf = (...wait: Parameters<Told['of']>) => [...told.of(...wait).keys()];

test('remembers what an execution was told while it waits', () => {
	const until = now + HOUR;
	expect(idsOf('1', until)).toStrictEqual([]);

	told.of('1', until).set('INV-1', settled('INV-1'));
	told.of('1', until).set('INV-2', settled('INV-2'));
	now += HOUR;
	expect(told.of('1', until)).toStrictEqual(
		new Map([
			['INV-1', settled('INV-1')],
			['INV-2', settled('INV-2')],
		]),
	);
});

test('keeps executions apart', () => {
	const until = now + HOUR;
	told.of('1', until).set('INV-1', settled('INV-1'));

	expect(idsOf('2', until)).toStrictEqual([]);
	expect(idsOf('1', until)).toStrictEqual(['INV-1']);
});

test('begins anew with each wait of a node in a loop', () => {
	told.of('1', now + HOUR).set('INV-1', settled('INV-1'));

	expect(idsOf('1', now + HOUR + 1)).toStrictEqual([]);
	expect(keysKeptBy(told)).toHaveLength(1);
});

test('forgets what a wait was told an hour after its time is up, whoever asks', () => {
	const until = now + HOUR;
	told.of('1', until).set('INV-1', settled('INV-1'));
	told.of('2', until + HOUR).set('INV-2', settled('INV-2'));
	now = until + HOUR;
	told.of('3', now + 3 * HOUR);
	expect(keysKeptBy(told)).toHaveLength(3);

	now = until + HOUR + 1;
	told.of('3', now + 3 * HOUR);
	expect(keysKeptBy(told)).toHaveLength(2);
	expect(idsOf('1', until)).toStrictEqual([]);
	expect(idsOf('2', until + HOUR)).toStrictEqual(['INV-2']);
});

test('forgets an execution that goes on, and no other', () => {
	const until = now + HOUR;
	told.of('1', until).set('INV-1', settled('INV-1'));
	told.of('2', until).set('INV-2', settled('INV-2'));
	told.forget('1');
	told.forget('3');

	expect(keysKeptBy(told)).toHaveLength(1);
	expect(idsOf('1', until)).toStrictEqual([]);
	expect(idsOf('2', until)).toStrictEqual(['INV-2']);
});

test('goes by the real time where it is given no clock', () => {
	const [past, future] = [Date.now() - 2 * HOUR, Date.now() + HOUR];
	const real = new Told();
	real.of('1', past).set('INV-1', settled('INV-1'));
	real.of('2', future).set('INV-2', settled('INV-2'));

	expect(real.of('1', past).size).toBe(0);
	expect(real.of('2', future).size).toBe(1);
});
