import fc from 'fast-check';
import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';

import type { RsomPayClient } from '../../../../../nodes/RsomPay/api/client.ts';
import type { InvoiceReference } from '../../../../../nodes/RsomPay/api/invoiceReference.ts';
import type { Invoice } from '../../../../../nodes/RsomPay/api/schemas.ts';
import {
	releaseResumeLock,
	toResumeData,
	acquireResumeLock,
	recordPayment,
	recordedPayment,
	type SettledInvoice,
	recordSettled,
	fromResumeData,
} from '../../../../../nodes/RsomPay/wait/settlement.ts';
import { problem } from '../pollingSupport.mts';

const PAYMENT = { uuid: '660e8400-e29b-41d4-a716-446655440001', status: 'completed' };

const invoice = (id: string, status: string): Invoice => ({ external_id: id, status });

/** What a callback of RsomPay, or a customer, brings. */
const callback = (
	id: string,
	status = 'paid',
	payment: IDataObject | null = PAYMENT,
): SettledInvoice => ({
	invoice: invoice(id, status),
	payment,
});

/** An execution that is suspended for invoices, as RsomPay has them, in the order of its items. */
function suspended(
	statuses: Record<string, string>,
	{ failedCounts = false, before = {} as Record<string, string> } = {},
) {
	const asked: string[] = [];
	const ids = Object.keys(statuses);
	const now: Record<string, string | Error> = { ...statuses };
	const client = {
		getInvoice: async (reference: InvoiceReference) => {
			const id = 'external_id' in reference ? reference.external_id : '';
			asked.push(id);
			await Promise.resolve();
			const status = now[id];
			if (status instanceof Error) throw status;
			return invoice(id, status ?? 'issued');
		},
	} as unknown as RsomPayClient;
	const waiting = {
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
		/** The invoices that were asked for, in order. */
		asked,
		/** How RsomPay has the invoices from now on. */
		now,
		settle: async ({ invoice: found, payment }: SettledInvoice, wait = waiting) => {
			recordPayment(context, wait, found.external_id, payment);
			return await recordSettled(context, client, wait, found);
		},
		/** What comes of a callback whose invoice is not settled yet. */
		note: (id: string, payment: unknown) => recordPayment(context, waiting, id, payment),
		acquire: (wait = waiting) => acquireResumeLock(executionId, wait),
		/** n8n has taken the execution up, or could not. */
		release: (resumed: boolean) => releaseResumeLock(executionId, waiting, { resumed }),
		/** The payment that was told of an invoice, which by now is in this status. */
		paymentOf: (id: string, status: string, wait = waiting) =>
			recordedPayment(executionId, wait, invoice(id, status)),
		waiting,
	};
}

test('one invoice lets the execution go on, with nothing asked for', async () => {
	const { settle: found, asked } = suspended({ A: 'issued' });

	expect(await found(callback('A'))).toStrictEqual([callback('A')]);
	expect(asked).toStrictEqual([]);
});

test('several let it go on when all have settled, each with its own payment', async () => {
	const execution = suspended({ A: 'issued', B: 'issued', C: 'issued' });
	const { now, asked } = execution;
	expect(await execution.settle(callback('B', 'paid', { uuid: 'b' }))).toBeUndefined();
	expect(asked).toStrictEqual(['A']);

	now.A = 'canceled';
	expect(await execution.settle(callback('A', 'canceled', null))).toBeUndefined();
	expect(asked).toStrictEqual(['A', 'C']);

	expect(await execution.settle(callback('C', 'paid', { uuid: 'c' }))).toStrictEqual([
		callback('B', 'paid', { uuid: 'b' }),
		callback('A', 'canceled', null),
		callback('C', 'paid', { uuid: 'c' }),
	]);
	expect(asked).toStrictEqual(['A', 'C']);
});

test('a callback that got lost is made up for by asking', async () => {
	const { settle: found, asked } = suspended({ A: 'paid', B: 'issued', C: 'canceled' });

	expect(await found(callback('B'))).toStrictEqual([
		callback('B'),
		callback('A', 'paid', null),
		callback('C', 'canceled', null),
	]);
	expect(asked).toStrictEqual(['A', 'C']);
});

test('what was found settled once is not asked for again', async () => {
	const { settle: found, asked, now } = suspended({ A: 'paid', B: 'issued', C: 'issued' });
	await found(callback('C'));
	expect(asked).toStrictEqual(['A', 'B']);

	now.A = 'issued';
	expect(await found(callback('B'))).toHaveLength(3);
	expect(asked).toStrictEqual(['A', 'B']);
});

test('asks for no more than the first that is still open', async () => {
	const { settle: found, asked } = suspended({ A: 'issued', B: 'issued', C: 'issued', D: 'paid' });
	await found(callback('C'));

	expect(asked).toStrictEqual(['A']);
});

test.each([
	[false, undefined],
	[true, [callback('B'), callback('A', 'failed', null)]],
])('a payment that failed settles an invoice if it counts: %j', async (failedCounts, settled) => {
	const { settle: found } = suspended({ A: 'failed', B: 'issued' }, { failedCounts });

	expect(await found(callback('B'))).toStrictEqual(settled);
});

test('RsomPay not telling of another is a problem, and nothing is forgotten by it', async () => {
	const execution = suspended({ A: 'issued', B: 'issued' });
	const { now, asked } = execution;
	now.A = problem(503);
	await expect(execution.settle(callback('B'))).rejects.toThrow('HTTP 503');

	expect(await execution.settle(callback('A'))).toStrictEqual([callback('B'), callback('A')]);
	expect(asked).toStrictEqual(['A']);
});

test('a later word of the same invoice counts, and its payment is kept', async () => {
	const { settle: found } = suspended({ A: 'issued', B: 'issued' });
	await found(callback('A', 'paid', PAYMENT));
	await found({ invoice: { ...invoice('A', 'paid'), amount: 103.5 }, payment: null });

	expect(await found(callback('B'))).toStrictEqual([
		{ invoice: { ...invoice('A', 'paid'), amount: 103.5 }, payment: PAYMENT },
		callback('B'),
	]);
});

test('the payment of a callback is kept when a later one brings another', async () => {
	const { settle: found } = suspended({ A: 'issued', B: 'issued' });
	await found(callback('A', 'paid', { uuid: 'first' }));
	await found(callback('A', 'paid', { uuid: 'second' }));

	expect(await found(callback('B'))).toContainEqual(callback('A', 'paid', { uuid: 'second' }));
});

describe('an invoice that is paid after a payment that failed', () => {
	const FAILED = { uuid: 'failed', status: 'failed' };
	const after = async (...later: SettledInvoice[]) => {
		const execution = suspended({ A: 'failed', B: 'issued' }, { failedCounts: true });
		const { settle: found, now } = execution;
		await found(callback('A', 'failed', FAILED));
		for (const settled of later) {
			now.A = settled.invoice.status;
			await found(settled);
		}
		return await found(callback('B'));
	};

	test('comes out without that payment', async () => {
		expect(await after(callback('A', 'paid', null))).toContainEqual(callback('A', 'paid', null));
		expect(await after(callback('A', 'paid', FAILED))).toContainEqual(callback('A', 'paid', null));
	});

	test('comes out with the payment that paid it', async () => {
		expect(await after(callback('A', 'paid', PAYMENT))).toContainEqual(
			callback('A', 'paid', PAYMENT),
		);
	});

	test.each(['failed', 'canceled'])('keeps it while it is %s', async (status) => {
		expect(await after(callback('A', status, null))).toContainEqual(callback('A', status, FAILED));
	});
});

test('what an execution was told is kept until it goes on, and forgotten then', async () => {
	const { settle: found, asked, release: gone } = suspended({ A: 'issued', B: 'issued' });
	await found(callback('A'));
	await found(callback('B'));
	asked.length = 0;

	gone(false);
	// n8n could not continue it, so RsomPay calls back again.
	expect(await found(callback('B'))).toStrictEqual([callback('A'), callback('B')]);
	expect(asked).toStrictEqual([]);

	gone(true);
	expect(await found(callback('B'))).toBeUndefined();
	expect(asked).toStrictEqual(['A']);
});

describe('letting an execution go on', () => {
	test('is done by the first alone, for each execution and wait', () => {
		const execution = suspended({ A: 'issued' });
		const { waiting } = execution;

		expect(execution.acquire()).toBe(true);
		expect(execution.acquire()).toBe(false);
		expect(execution.acquire({ ...waiting, until: waiting.until + 1 })).toBe(true);
		expect(suspended({ A: 'issued' }).acquire(waiting)).toBe(true);
	});

	test('is not done again when it was done', () => {
		const execution = suspended({ A: 'issued' });
		execution.acquire();
		execution.release(true);

		expect(execution.acquire()).toBe(false);
	});

	test('may be done by another when it failed', () => {
		const execution = suspended({ A: 'issued' });
		execution.acquire();
		execution.release(false);

		expect(execution.acquire()).toBe(true);
		expect(execution.acquire()).toBe(false);
	});
});

describe('an invoice that stood before the wait as', () => {
	test.each(['paid', 'canceled'])('%s is not asked for', async (status) => {
		const { settle: found, asked } = suspended(
			{ A: 'issued', B: 'issued' },
			{ before: { A: status } },
		);

		expect(await found(callback('B'))).toStrictEqual([callback('B')]);
		expect(asked).toStrictEqual([]);
	});

	test.each(['paid', 'canceled'])('failed comes out as it is by now: %s', async (status) => {
		const { settle: found, asked } = suspended(
			{ A: status, B: 'issued' },
			{ failedCounts: true, before: { A: 'failed' } },
		);

		expect(await found(callback('B'))).toStrictEqual([callback('B'), callback('A', status, null)]);
		expect(asked).toStrictEqual(['A']);
	});

	test('failed is waited for again while the customer tries again', async () => {
		const { settle: found } = suspended(
			{ A: 'pending', B: 'issued' },
			{ failedCounts: true, before: { A: 'failed' } },
		);

		expect(await found(callback('B'))).toBeUndefined();
	});
});

test('an invoice noted as failed is asked for each time, and comes out as it is by now', async () => {
	const {
		settle: found,
		asked,
		now,
	} = suspended({ A: 'failed', B: 'issued', C: 'issued' }, { failedCounts: true });
	await found(callback('A', 'failed', { status: 'failed' }));
	asked.length = 0;
	await found(callback('B'));
	expect(asked).toStrictEqual(['A', 'C']);

	now.A = 'paid';
	expect(await found(callback('C'))).toStrictEqual([
		callback('A', 'paid', null),
		callback('B'),
		callback('C'),
	]);
	expect(asked).toStrictEqual(['A', 'C', 'A']);
});

test('a payment is known as soon as its callback came, if another lets the execution go on', async () => {
	const { settle: found, note } = suspended({ A: 'issued', B: 'paid' });
	note('B', { uuid: 'b' });

	expect(await found(callback('A'))).toStrictEqual([
		callback('A'),
		callback('B', 'paid', { uuid: 'b' }),
	]);
});

test('an attempt that failed does not take the place of a payment that did not', async () => {
	const { settle: found, note } = suspended({ A: 'issued' });
	note('A', { status: 'failed' });
	note('A', PAYMENT);
	note('A', { status: 'failed' });
	note('A', []);
	note('A', 'none');

	expect(await found(callback('A', 'paid', null))).toStrictEqual([callback('A')]);
});

describe('the payment of an early callback', () => {
	test('is known when the time is up', async () => {
		const { settle: found, paymentOf, waiting } = suspended({ A: 'issued', B: 'issued' });
		const wait = { ...waiting, until: Date.now() + 5 };
		await found(callback('A'), wait);
		await new Promise((resolve) => setTimeout(resolve, 20));

		expect(paymentOf('A', 'paid', wait)).toStrictEqual(PAYMENT);
		expect(paymentOf('B', 'paid', wait)).toBeNull();
	});

	test('is of that invoice and that wait alone', async () => {
		const { settle: found, paymentOf, waiting } = suspended({ A: 'issued', B: 'issued' });
		expect(paymentOf('A', 'paid')).toBeNull();

		await found(callback('A'));
		expect(paymentOf('A', 'paid')).toStrictEqual(PAYMENT);
		expect(paymentOf('B', 'paid')).toBeNull();
		expect(paymentOf('A', 'paid', { ...waiting, until: waiting.until + 1 })).toBeNull();
	});

	test('is of no other execution', async () => {
		await suspended({ A: 'issued', B: 'issued' }).settle(callback('A'));

		expect(suspended({ A: 'issued', B: 'issued' }).paymentOf('A', 'paid')).toBeNull();
	});

	test('is not one that failed, where another paid the invoice', async () => {
		const failed = { status: 'failed' };
		const execution = suspended({ A: 'issued', B: 'issued' }, { failedCounts: true });
		await execution.settle(callback('A', 'failed', failed));

		expect(execution.paymentOf('A', 'paid')).toBeNull();
		expect(execution.paymentOf('A', 'failed')).toStrictEqual(failed);
	});
});

test('two items with the same invoice wait for it together', async () => {
	const { settle: found, waiting, asked } = suspended({ A: 'issued' });
	const outputs = [...waiting.outputs, ...waiting.outputs];

	expect(await found(callback('A'), { ...waiting, outputs })).toStrictEqual([callback('A')]);
	expect(asked).toStrictEqual([]);
});

test('executions know nothing of each other, nor waits of the same one', async () => {
	const first = suspended({ A: 'issued', B: 'issued' });
	await first.settle(callback('A'));

	expect(await suspended({ A: 'issued', B: 'issued' }).settle(callback('B'))).toBeUndefined();
	const { waiting } = first;
	expect(
		await first.settle(callback('B'), { ...waiting, until: waiting.until + 1 }),
	).toBeUndefined();
});

describe('what is handed over to the run that follows', () => {
	test('is taken over by external ID', () => {
		const all = [callback('A'), callback('B', 'canceled', null)];

		expect(fromResumeData(toResumeData(all))).toStrictEqual(
			new Map([
				['A', all[0]],
				['B', all[1]],
			]),
		);
		expect(fromResumeData(toResumeData([]))).toStrictEqual(new Map());
	});

	test('survives being stored, whatever RsomPay told', () => {
		const known = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
		const settled = fc.record({
			invoice: fc
				.tuple(fc.dictionary(fc.string(), known), fc.string())
				.map(([rest, id]): Invoice => ({ ...rest, external_id: id, status: 'paid' })),
			payment: fc.option(fc.dictionary(fc.string(), known) as fc.Arbitrary<IDataObject>),
		});
		const all = fc.uniqueArray(settled, { selector: ({ invoice: { external_id: id } }) => id });
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
	])('is not taken for what it is not: %j', (result) => {
		expect(() => fromResumeData(result)).toThrow();
	});
});
