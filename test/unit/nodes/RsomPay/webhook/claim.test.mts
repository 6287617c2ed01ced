import { setTimeout as sleep } from 'node:timers/promises';
import type { IExecuteFunctions, INode } from 'n8n-workflow';

import {
	type Claim,
	claimDelivery,
	type Delivery,
	endClaim,
	LEASE_MS,
} from '../../../../../nodes/RsomPay/webhook/claim.ts';
import { areRowsUsable, claimRowsOf } from '../../../../../nodes/RsomPay/webhook/claimRows.ts';
import { Deduplicator } from '../../../../deduplicator.mts';
import { contextOf, WORKFLOW_ID } from './executionContext.mts';

const HOUR = 60 * 60 * 1000;
const NODE_ID = '0f5532f9-36ba-4bef-86c7-30d607400b15';

let table: Deduplicator;
let now: number;

beforeEach(() => {
	table = new Deduplicator();
	table.latency = 2;
	now = Date.parse('2026-05-18T12:00:00Z');
});

/** The rows as one execution sees them. */
const rowsOf = (id = NODE_ID, node = { id } as INode) => {
	const rows = claimRowsOf(contextOf(table, node));
	if (!rows) throw new Error('n8n has no table');
	return rows;
};

const accepted = (key: string, holder: string): Delivery => ({ key, holder, untilSuccess: false });
const finished = (key: string, holder: string): Delivery => ({ key, holder, untilSuccess: true });

type Claimed = Extract<Claim, { result: 'claimed' }>;

/** Claims a delivery. Returns the claim, or why it must not run. */
const claim = async (delivery: Delivery, nodeId?: string) => {
	const found = await claimDelivery(rowsOf(nodeId), delivery, now);
	return found.result === 'claimed' ? found : found.result;
};

const isClaim = (result: Awaited<ReturnType<typeof claim>>): result is Claimed =>
	typeof result === 'object';

/** Ends the run of a claim. */
async function end(result: Awaited<ReturnType<typeof claim>>, ok: boolean) {
	if (!isClaim(result) || result.row === undefined) throw new Error('not claimed');
	await endClaim(rowsOf(), result.row, ok);
}

/** Fills the chains, so that most deliveries meet rows of others. */
function fillChains() {
	for (let slot = 0; slot < 4_096; slot++) {
		for (const window of [0, 1, 2]) {
			table.rows.set(`${WORKFLOW_ID} n:${NODE_ID} ${window} ${slot} 0`, {
				mode: 'of another',
				data: ['a', 'b', 'c'],
			});
		}
	}
}

describe.each([
	['in an empty table', () => undefined],
	['among rows of other deliveries', fillChains],
])('%s', (_, prepare) => {
	beforeEach(prepare);

	test.each<[string, typeof accepted]>([
		['accepted', accepted],
		['finished', finished],
	])('of many at the same moment one claims a delivery that is %s', async (_kind, kind) => {
		const keys = Array.from({ length: 40 }, (_one, index) => `event ${index}`);
		const results = await Promise.all(
			keys.map(
				async (key) =>
					await Promise.all(
						[1, 2, 3].map(async (copy) => await claim(kind(key, `${key} ${copy}`))),
					),
			),
		);

		expect(results.map((copies) => copies.filter(isClaim).length)).toStrictEqual(keys.map(() => 1));
		const others = results.flat().filter((result) => !isClaim(result));
		expect(new Set(others)).toStrictEqual(new Set([kind === finished ? 'inFlight' : 'duplicate']));
	});

	test('an execution that runs again has its own claim', async () => {
		expect(isClaim(await claim(accepted('a', 'first')))).toBe(true);
		expect(await claim(accepted('a', 'second'))).toBe('duplicate');
		expect(isClaim(await claim(accepted('a', 'first')))).toBe(true);
	});

	test('after a run that succeeded a delivery is a duplicate', async () => {
		const delivery = finished('a', 'first');
		await end(await claim(delivery), true);

		expect(await claim(finished('a', 'second'))).toBe('duplicate');
		now += LEASE_MS + 1;
		expect(await claim(finished('a', 'second'))).toBe('duplicate');
	});

	test('the success of a run is not undone by a duplicate that looks at its row', async () => {
		for (let index = 0; index < 30; index++) {
			const key = `event ${index}`;
			const first = await claim(finished(key, 'first'));
			await Promise.all([
				sleep(Math.random() * 10).then(async () => await end(first, true)),
				...['second', 'third'].map(async (holder) => await claim(finished(key, holder))),
			]);

			expect(await claim(finished(key, 'last'))).toBe('duplicate');
		}
	});

	test('after a run that failed one of two runs', async () => {
		for (let attempt = 0; attempt < 4; attempt++) {
			const copies = [finished('a', `${attempt} 1`), finished('a', `${attempt} 2`)];
			const results = await Promise.all(copies.map(async (copy) => await claim(copy)));
			const [claimed, ...more] = results.filter(isClaim);
			expect(more).toStrictEqual([]);
			expect(results).toContain('inFlight');
			await end(claimed ?? 'inFlight', false);
		}
		const last = finished('a', 'last');
		await end(await claim(last), true);

		expect(await claim(finished('a', 'later'))).toBe('duplicate');
	});

	test('after a run whose process was killed one of two runs, when its lease has ended', async () => {
		const first = await claim(finished('a', 'first'));
		now += LEASE_MS - 1;
		expect(await claim(finished('a', 'second'))).toBe('inFlight');
		now += 2;
		const results = await Promise.all(
			['third', 'fourth'].map(async (holder) => await claim(finished('a', holder))),
		);

		expect(isClaim(first)).toBe(true);
		expect(results.filter(isClaim)).toHaveLength(1);
		expect(results).toContain('inFlight');
	});

	test('a run that extends its lease is not replaced', async () => {
		const first = await claim(finished('a', 'first'));
		if (!isClaim(first)) throw new Error('not claimed');
		for (let round = 0; round < 10; round++) {
			now += LEASE_MS / 4;
			await rowsOf().extendLease(first.row ?? '', now);
		}

		expect(await claim(finished('a', 'second'))).toBe('inFlight');
	});

	test('is a duplicate for 72 hours, whenever it came', async () => {
		for (let start = 0; start < 72; start += 9) {
			now += 9 * HOUR;
			const delivery = accepted(`event ${start}`, 'first');
			const firstAt = now;
			await claim(delivery);
			now += 72 * HOUR - 1;
			expect(await claim(accepted(delivery.key, 'second'))).toBe('duplicate');
			now = firstAt;
		}
	});
});

test('is not one for another node, or of another kind', async () => {
	await claim(accepted('a', 'first'));

	expect(isClaim(await claim(accepted('a', 'second'), 'another node'))).toBe(true);
	expect(isClaim(await claim(accepted('b', 'third')))).toBe(true);
	expect(isClaim(await claim(finished('a', 'fourth')))).toBe(true);
});

test('takes keys of any length and with any characters', async () => {
	for (const key of ['', 'x'.repeat(8_192), 'حدث', "a' OR 1=1 --", '\u0000', '{"a":1}']) {
		expect(isClaim(await claim(accepted(key, 'first')))).toBe(true);
		expect(await claim(accepted(key, 'second'))).toBe('duplicate');
	}
	for (const name of table.rows.keys()) expect(name.length).toBeLessThan(80);
});

test('the rows level off', async () => {
	table.latency = 0;
	const sizes: number[] = [];
	for (let window = 0; window < 20; window++) {
		now += 72 * HOUR;
		for (let index = 0; index < 1_500; index++) {
			await claim(accepted(`${window} ${index}`, 'first'));
		}
		sizes.push(table.rows.size);
	}

	expect(sizes.at(-1)).toBeLessThan(15_000);
	expect((sizes.at(-1) ?? 0) - (sizes.at(-4) ?? 0)).toBeLessThan(1_000);
}, 60_000);

test('deletes the lease of a row with it', async () => {
	table.latency = 0;
	for (let window = 0; window < 30; window++) {
		now += 72 * HOUR;
		for (let index = 0; index < 500; index++) {
			await claim(finished(`${window} ${index}`, 'first'));
		}
	}
	const isLease = (name: string) => name.endsWith('lease');
	const names = [...table.rows.keys()];

	expect(names.filter(isLease).length).toBe(names.length / 2);
	expect(names.length).toBeLessThan(2 * 30 * 500);
}, 60_000);

test('a database error is not taken for another claim', async () => {
	table.onQuery = (query) => {
		if (query === 'insert') throw new Error('Connection terminated unexpectedly');
	};

	await expect(claim(accepted('a', 'first'))).rejects.toThrow('Connection terminated');
});

describe('areRowsUsable', () => {
	test('is true for the table of n8n, and leaves no row', async () => {
		expect(await areRowsUsable(rowsOf(), 'name')).toBe(true);
		expect(table.rows.size).toBe(0);
	});

	/** n8n's helpers with a fault. */
	const faulty = (change: (context: IExecuteFunctions, node: INode) => void) => {
		const node = { id: NODE_ID } as INode;
		const context = contextOf(table, node);
		change(context, node);
		const rows = claimRowsOf(context);
		return rows && areRowsUsable(rows, 'name');
	};

	test('is false where n8n ignores the ID', async () => {
		const isUsable = faulty((context, node) => {
			context.getExecuteData = () => ({ node: { ...node } }) as never;
		});

		expect(await isUsable).toBe(false);
	});

	test('is false where n8n takes any mode', async () => {
		const isUsable = faulty(({ helpers }) => {
			const check = helpers.checkProcessedAndRecord.bind(helpers);
			helpers.checkProcessedAndRecord = async (items, scope, { mode }) =>
				await check(items, scope, {
					mode: mode === 'latestIncrementalKey' ? mode : 'entries',
				});
		});

		expect(await isUsable).toBe(false);
	});

	test('is not asked where n8n has no table', () => {
		expect(faulty(({ helpers }) => Reflect.deleteProperty(helpers, 'getProcessedDataCount'))).toBe(
			undefined,
		);
	});
});
