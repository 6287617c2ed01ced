import fc from 'fast-check';
import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import type { RsomPayClient } from '../../../../../nodes/RsomPay/api/client.ts';
import type { InvoiceReference } from '../../../../../nodes/RsomPay/api/invoiceReference.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import {
	acquireResumeLock,
	createIsDone,
	fromResumeData,
	readConfirmed,
	recordedPayment,
	recordPayment,
	recordSettled,
	releaseResumeLock,
	type SettledInvoice,
	toResumeData,
} from '../../../../../nodes/RsomPay/wait/settlement.ts';
import { serviceError } from '../pollingSupport.mts';

const PAYMENT = { uuid: '660e8400-e29b-41d4-a716-446655440001', status: 'completed' };

const invoice = (id: string, status: string): Invoice => ({ external_id: id, status });

/** The invoice and the payment that a callback, or a customer's return, reports. */
const settled = (
	id: string,
	status = 'paid',
	payment: IDataObject | null = PAYMENT,
): SettledInvoice => ({
	invoice: invoice(id, status),
	payment,
});

/**
 * A suspended execution and a client of RsomPay.
 *
 * @param statuses the status of each invoice that RsomPay returns, in the order of the items
 * @param options.before the status of each invoice before the wait, 'issued' by default
 */
function suspended(
	statuses: Record<string, string>,
	{ failedCounts = false, before = {} as Record<string, string> } = {},
) {
	const requested: string[] = [];
	const ids = Object.keys(statuses);
	const now: Record<string, string | Error> = { ...statuses };
	const delays: Record<string, number[]> = {};
	const client = {
		getInvoice: async (reference: InvoiceReference) => {
			const id = 'external_id' in reference ? reference.external_id : '';
			requested.push(id);
			const status = now[id];
			await setTimeout(delays[id]?.shift() ?? 0);
			if (status instanceof Error) throw status;
			return invoice(id, status ?? 'issued');
		},
	} as unknown as RsomPayClient;
	const state = {
		until: Date.now() + 3_600_000,
		failedCounts,
		outputs: [
			...ids.map((id) => ({
				external_id: id,
				status: before[id] ?? 'issued',
				settled: false,
				payment: null,
			})),
			{ external_id: 'INV-BEFORE', status: 'paid', settled: true, payment: null },
			{ error: 'RsomPay could not find the invoice "INV-NONE"', details: {} },
		],
	};
	const executionId = randomUUID();
	const context = { getExecutionId: () => executionId } as unknown as IWebhookFunctions;
	return {
		/** The external IDs of the invoices that were requested, in order. */
		requested,
		/** The status of each invoice that RsomPay returns from now on, or the error. */
		now,
		/** How long the next responses about each invoice take, in ms. They tell its status at their request. */
		delays,
		record: async ({ invoice: found, payment }: SettledInvoice, wait = state) => {
			recordPayment(context, wait, found.external_id, payment);
			return await recordSettled(context, client, wait, found);
		},
		/** Records the payment of a callback whose invoice has not settled yet. */
		recordPayment: (id: string, payment: unknown) => recordPayment(context, state, id, payment),
		acquire: (wait = state) => acquireResumeLock(executionId, wait),
		/** Reports whether n8n resumed the execution. */
		release: (resumed: boolean) => releaseResumeLock(executionId, state, { resumed }),
		/** The payment that was reported for an invoice, which is in this status now. */
		recordedPayment: (id: string, status: string, wait = state) =>
			recordedPayment(executionId, wait, invoice(id, status)),
		state,
	};
}

test('returns a single invoice without a request', async () => {
	const { record, requested } = suspended({ A: 'issued' });

	expect(await record(settled('A'))).toStrictEqual([settled('A')]);
	expect(requested).toStrictEqual([]);
});

test('returns several invoices once all have settled, each with its payment', async () => {
	const execution = suspended({ A: 'issued', B: 'issued', C: 'issued' });
	const { now, requested } = execution;
	expect(await execution.record(settled('B', 'paid', { uuid: 'b' }))).toBeUndefined();
	expect(requested).toStrictEqual(['A']);

	now.A = 'canceled';
	expect(await execution.record(settled('A', 'canceled', null))).toBeUndefined();
	expect(requested).toStrictEqual(['A', 'C']);

	expect(await execution.record(settled('C', 'paid', { uuid: 'c' }))).toStrictEqual([
		settled('B', 'paid', { uuid: 'b' }),
		settled('A', 'canceled', null),
		settled('C', 'paid', { uuid: 'c' }),
	]);
	expect(requested).toStrictEqual(['A', 'C']);
});

test('reads the invoices whose callback was lost', async () => {
	const { record, requested } = suspended({ A: 'paid', B: 'issued', C: 'canceled' });

	expect(await record(settled('B'))).toStrictEqual([
		settled('B'),
		settled('A', 'paid', null),
		settled('C', 'canceled', null),
	]);
	expect(requested).toStrictEqual(['A', 'C']);
});

test('does not read a settled invoice again', async () => {
	const { record, requested, now } = suspended({ A: 'paid', B: 'issued', C: 'issued' });
	await record(settled('C'));
	expect(requested).toStrictEqual(['A', 'B']);

	now.A = 'issued';
	expect(await record(settled('B'))).toHaveLength(3);
	expect(requested).toStrictEqual(['A', 'B']);
});

test('reads no further than the first open invoice', async () => {
	const { record, requested } = suspended({ A: 'issued', B: 'issued', C: 'issued', D: 'paid' });
	await record(settled('C'));

	expect(requested).toStrictEqual(['A']);
});

test.each([
	[false, undefined],
	[true, [settled('B'), settled('A', 'failed', null)]],
])('counts a failed invoice as settled only with failedCounts: %j', async (failedCounts, all) => {
	const { record } = suspended({ A: 'failed', B: 'issued' }, { failedCounts });

	expect(await record(settled('B'))).toStrictEqual(all);
});

test('throws when another invoice cannot be read, and preserves what was recorded', async () => {
	const execution = suspended({ A: 'issued', B: 'issued' });
	const { now, requested } = execution;
	now.A = serviceError(503);
	await expect(execution.record(settled('B'))).rejects.toThrow('HTTP 503');

	expect(await execution.record(settled('A'))).toStrictEqual([settled('B'), settled('A')]);
	expect(requested).toStrictEqual(['A']);
});

test('returns the newest invoice, with the payment that an earlier callback reported', async () => {
	const { record } = suspended({ A: 'issued', B: 'issued' });
	await record(settled('A', 'paid', PAYMENT));
	await record({ invoice: { ...invoice('A', 'paid'), amount: 103.5 }, payment: null });

	expect(await record(settled('B'))).toStrictEqual([
		{ invoice: { ...invoice('A', 'paid'), amount: 103.5 }, payment: PAYMENT },
		settled('B'),
	]);
});

test('returns the payment of the latest callback', async () => {
	const { record } = suspended({ A: 'issued', B: 'issued' });
	await record(settled('A', 'paid', { uuid: 'first' }));
	await record(settled('A', 'paid', { uuid: 'second' }));

	expect(await record(settled('B'))).toContainEqual(settled('A', 'paid', { uuid: 'second' }));
});

describe('after a failed payment', () => {
	const FAILED = { uuid: 'failed', status: 'failed' };
	const after = async (...later: SettledInvoice[]) => {
		const execution = suspended({ A: 'failed', B: 'issued' }, { failedCounts: true });
		const { record, now } = execution;
		await record(settled('A', 'failed', FAILED));
		for (const report of later) {
			now.A = report.invoice.status;
			await record(report);
		}
		return await record(settled('B'));
	};

	test('a paid invoice is returned without it', async () => {
		expect(await after(settled('A', 'paid', null))).toContainEqual(settled('A', 'paid', null));
		expect(await after(settled('A', 'paid', FAILED))).toContainEqual(settled('A', 'paid', null));
	});

	test('a paid invoice is returned with the payment that succeeded', async () => {
		expect(await after(settled('A', 'paid', PAYMENT))).toContainEqual(
			settled('A', 'paid', PAYMENT),
		);
	});

	test.each(['failed', 'canceled'])('a %s invoice is returned with it', async (status) => {
		expect(await after(settled('A', status, null))).toContainEqual(settled('A', status, FAILED));
	});
});

test('preserves what was recorded until the execution has resumed', async () => {
	const { record, requested, release } = suspended({ A: 'issued', B: 'issued' });
	await record(settled('A'));
	await record(settled('B'));
	requested.length = 0;

	release(false);
	// n8n could not resume it, so RsomPay sends the callback again.
	expect(await record(settled('B'))).toStrictEqual([settled('A'), settled('B')]);
	expect(requested).toStrictEqual([]);

	release(true);
	expect(await record(settled('B'))).toBeUndefined();
	expect(requested).toStrictEqual(['A']);
});

describe('acquireResumeLock', () => {
	test('succeeds once for each execution and wait', () => {
		const execution = suspended({ A: 'issued' });
		const { state } = execution;

		expect(execution.acquire()).toBe(true);
		expect(execution.acquire()).toBe(false);
		expect(execution.acquire({ ...state, until: state.until + 1 })).toBe(true);
		expect(suspended({ A: 'issued' }).acquire(state)).toBe(true);
	});

	test('fails after the execution has resumed', () => {
		const execution = suspended({ A: 'issued' });
		execution.acquire();
		execution.release(true);

		expect(execution.acquire()).toBe(false);
	});

	test('succeeds again after n8n could not resume the execution', () => {
		const execution = suspended({ A: 'issued' });
		execution.acquire();
		execution.release(false);

		expect(execution.acquire()).toBe(true);
		expect(execution.acquire()).toBe(false);
	});
});

describe('an invoice whose status before the wait was', () => {
	test.each(['paid', 'canceled'])('%s is not read', async (status) => {
		const { record, requested } = suspended(
			{ A: 'issued', B: 'issued' },
			{ before: { A: status } },
		);

		expect(await record(settled('B'))).toStrictEqual([settled('B')]);
		expect(requested).toStrictEqual([]);
	});

	test.each(['paid', 'canceled'])(
		'failed is returned with its current status: %s',
		async (status) => {
			const { record, requested } = suspended(
				{ A: status, B: 'issued' },
				{ failedCounts: true, before: { A: 'failed' } },
			);

			expect(await record(settled('B'))).toStrictEqual([settled('B'), settled('A', status, null)]);
			expect(requested).toStrictEqual(['A']);
		},
	);

	test('failed is open while the customer tries again', async () => {
		const { record } = suspended(
			{ A: 'pending', B: 'issued' },
			{ failedCounts: true, before: { A: 'failed' } },
		);

		expect(await record(settled('B'))).toBeUndefined();
	});
});

test('reads a failed invoice each time, and returns its current status', async () => {
	const { record, requested, now } = suspended(
		{ A: 'failed', B: 'issued', C: 'issued' },
		{ failedCounts: true },
	);
	await record(settled('A', 'failed', { status: 'failed' }));
	requested.length = 0;
	await record(settled('B'));
	expect(requested).toStrictEqual(['A', 'C']);

	now.A = 'paid';
	expect(await record(settled('C'))).toStrictEqual([
		settled('A', 'paid', null),
		settled('B'),
		settled('C'),
	]);
	expect(requested).toStrictEqual(['A', 'C', 'A']);
});

test('waits for the payment that follows a failed attempt of another invoice', async () => {
	const { record, now } = suspended({ A: 'failed', B: 'issued' }, { failedCounts: true });
	const recorded = record(settled('B'));
	await setTimeout(1_000);
	now.A = 'paid';

	expect(await recorded).toStrictEqual([settled('B'), settled('A', 'paid', null)]);
});

test('other invoices that stay failed count as the end after 2.5 seconds', async () => {
	const statuses = { A: 'failed', B: 'issued', C: 'failed' };
	const { record } = suspended(statuses, { failedCounts: true });
	const before = Date.now();

	expect(await record(settled('B'))).toStrictEqual([
		settled('B'),
		settled('A', 'failed', null),
		settled('C', 'failed', null),
	]);
	expect(Date.now() - before).toBeGreaterThanOrEqual(2_500);
	expect(Date.now() - before).toBeLessThan(3_500);
});

test('the execution stays suspended when another invoice is open again after a failed attempt', async () => {
	const { record, now } = suspended({ A: 'failed', B: 'issued' }, { failedCounts: true });
	const recorded = record(settled('B'));
	await setTimeout(100);
	now.A = 'issued';

	expect(await recorded).toBeUndefined();
});

test('a payment that is reported while other failed invoices are polled keeps the execution suspended', async () => {
	const { record, recordPayment } = suspended({ A: 'failed', B: 'failed' }, { failedCounts: true });
	const recorded = record(settled('A', 'failed', { status: 'failed' }));
	await setTimeout(100);
	recordPayment('A', PAYMENT);

	expect(await recorded).toBeUndefined();
});

test('a late response does not replace a paid invoice by a failed one', async () => {
	const { record, now, delays } = suspended({ A: 'failed', B: 'failed' }, { failedCounts: true });
	delays.B = [0, 300];
	const first = record(settled('A', 'failed', { status: 'failed' }));
	await setTimeout(100);
	now.A = 'failed';
	const second = record(settled('B'));

	await first;
	expect(await second).toContainEqual(settled('B'));
}, 15_000);

describe('readConfirmed', () => {
	test('polls for 2.5 seconds after the first response, however late that comes', async () => {
		let readings = 0;
		const get = async () => {
			await setTimeout(readings++ === 0 ? 2_600 : 0);
			return invoice('A', readings < 3 ? 'failed' : 'paid');
		};

		expect(await readConfirmed(get, () => true)).toStrictEqual(invoice('A', 'paid'));
	});

	test('reads an invoice once whose payment is not expected', async () => {
		const get = jest.fn(async () => await Promise.resolve(invoice('A', 'failed')));

		expect(await readConfirmed(get, () => false)).toStrictEqual(invoice('A', 'failed'));
		expect(get).toHaveBeenCalledTimes(1);
	});
});

describe('createIsDone', () => {
	beforeEach(() => {
		jest.useFakeTimers({ now: 1_000_000 });
	});

	afterEach(() => {
		jest.useRealTimers();
	});

	test.each([true, false])('a paid or canceled invoice ends a poll, failedCounts: %s', (counts) => {
		const ending = ['issued', 'failed', 'paid', 'canceled'].filter((status) =>
			createIsDone(counts)(invoice('A', status)),
		);

		expect(ending).toStrictEqual(['paid', 'canceled']);
	});

	test('a failed attempt ends it once it has lasted', () => {
		const isDone = createIsDone(true);
		const failed = () => isDone(invoice('A', 'failed'));

		expect(failed()).toBe(false);
		jest.advanceTimersByTime(2_499);
		expect(failed()).toBe(false);
		jest.advanceTimersByTime(1);
		expect(failed()).toBe(true);
	});

	test('another attempt starts the time again', () => {
		const isDone = createIsDone(true);
		isDone(invoice('A', 'failed'));
		jest.advanceTimersByTime(2_500);
		expect(isDone(invoice('A', 'issued'))).toBe(false);

		expect(isDone(invoice('A', 'failed'))).toBe(false);
	});
});

test('returns the payment of a callback whose invoice another callback found settled', async () => {
	const { record, recordPayment } = suspended({ A: 'issued', B: 'paid' });
	recordPayment('B', { uuid: 'b' });

	expect(await record(settled('A'))).toStrictEqual([
		settled('A'),
		settled('B', 'paid', { uuid: 'b' }),
	]);
});

test('a failed attempt does not replace another payment', async () => {
	const { record, recordPayment } = suspended({ A: 'issued' });
	recordPayment('A', { status: 'failed' });
	recordPayment('A', PAYMENT);
	recordPayment('A', { status: 'failed' });
	recordPayment('A', []);
	recordPayment('A', 'none');

	expect(await record(settled('A', 'paid', null))).toStrictEqual([settled('A')]);
});

describe('recordedPayment', () => {
	test('returns the payment after the time is up', async () => {
		const { record, recordedPayment, state } = suspended({ A: 'issued', B: 'issued' });
		const wait = { ...state, until: Date.now() + 5 };
		await record(settled('A'), wait);
		await setTimeout(20);

		expect(recordedPayment('A', 'paid', wait)).toStrictEqual(PAYMENT);
		expect(recordedPayment('B', 'paid', wait)).toBeNull();
	});

	test('returns the payment only for its invoice and its wait', async () => {
		const { record, recordedPayment, state } = suspended({ A: 'issued', B: 'issued' });
		expect(recordedPayment('A', 'paid')).toBeNull();

		await record(settled('A'));
		expect(recordedPayment('A', 'paid')).toStrictEqual(PAYMENT);
		expect(recordedPayment('B', 'paid')).toBeNull();
		expect(recordedPayment('A', 'paid', { ...state, until: state.until + 1 })).toBeNull();
	});

	test('returns no payment of another execution', async () => {
		await suspended({ A: 'issued', B: 'issued' }).record(settled('A'));

		expect(suspended({ A: 'issued', B: 'issued' }).recordedPayment('A', 'paid')).toBeNull();
	});

	test('does not return a failed attempt for a paid invoice', async () => {
		const failed = { status: 'failed' };
		const execution = suspended({ A: 'issued', B: 'issued' }, { failedCounts: true });
		await execution.record(settled('A', 'failed', failed));

		expect(execution.recordedPayment('A', 'paid')).toBeNull();
		expect(execution.recordedPayment('A', 'failed')).toStrictEqual(failed);
	});
});

test('returns one invoice for two items with the same one', async () => {
	const { record, state, requested } = suspended({ A: 'issued' });
	const outputs = [...state.outputs, ...state.outputs];

	expect(await record(settled('A'), { ...state, outputs })).toStrictEqual([settled('A')]);
	expect(requested).toStrictEqual([]);
});

test('separates executions, and the waits of one execution', async () => {
	const first = suspended({ A: 'issued', B: 'issued' });
	await first.record(settled('A'));

	expect(await suspended({ A: 'issued', B: 'issued' }).record(settled('B'))).toBeUndefined();
	const { state } = first;
	expect(await first.record(settled('B'), { ...state, until: state.until + 1 })).toBeUndefined();
});

describe('toResumeData and fromResumeData', () => {
	test('return the settled invoices by external ID', () => {
		const all = [settled('A'), settled('B', 'canceled', null)];

		expect(fromResumeData(toResumeData(all))).toStrictEqual(
			new Map([
				['A', all[0]],
				['B', all[1]],
			]),
		);
		expect(fromResumeData(toResumeData([]))).toStrictEqual(new Map());
	});

	test('survive being stored, for any data of RsomPay', () => {
		const anyValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
		const report = fc.record({
			invoice: fc
				.tuple(fc.dictionary(fc.string(), anyValue), fc.string())
				.map(([rest, id]): Invoice => ({ ...rest, external_id: id, status: 'paid' })),
			payment: fc.option(fc.dictionary(fc.string(), anyValue) as fc.Arbitrary<IDataObject>),
		});
		const all = fc.uniqueArray(report, { selector: ({ invoice: { external_id: id } }) => id });
		fc.assert(
			fc.property(all, (values) => {
				const stored = JSON.parse(JSON.stringify(toResumeData(values))) as IDataObject;

				expect([...fromResumeData(stored)]).toEqual(
					values.map((value) => [value.invoice.external_id, value]),
				);
			}),
		);
	});

	test.each<[IDataObject]>([
		[{}],
		[{ settled: null }],
		[{ settled: [{}] }],
		[{ settled: [{ invoice: { status: 'paid' }, payment: null }] }],
		[{ settled: [{ invoice: { external_id: 'A' }, payment: 'paid' }] }],
		[{ settled: [{ invoice: { external_id: 'A' } }] }],
	])('throw for other data: %j', (result) => {
		expect(() => fromResumeData(result)).toThrow();
	});
});
