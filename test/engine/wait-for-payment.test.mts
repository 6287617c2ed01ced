import type { IDataObject } from 'n8n-workflow';

import type { DeliveryRequest, DeliveryResponse } from '../../simulator/index.mts';
import type { Execution } from './harness/execution.mts';
import { logged } from './harness/logs.mts';
import { eventAbout, failedPaymentEvent, transactionOf } from './harness/events.mts';
import { ExecuteContext } from './harness/n8n-core.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { until } from './harness/time.mts';

const bench = useRsomPay();

/** RsomPay sends no webhooks: each test delivers them itself. */
const disableWebhooks = () => bench.simulator.control.configure({ events: [] });

const lookups = () =>
	bench.simulator.control.requests().filter(({ path }) => path.endsWith('/by-reference'));

const outputs = (execution: Execution): IDataObject[] =>
	execution
		.soFar()
		.items('After')
		.map(({ json }) => json);

const parsed = (response: DeliveryResponse): unknown[] => [
	response.status,
	JSON.parse(response.body),
];

const WAITING = 'waiting';

beforeEach(() => {
	bench.simulator.control.configure({ webhookDelayMs: 0, retryDelaysMs: [100, 200, 400, 800] });
});

describe('does not suspend for a settled invoice', () => {
	const CHANGE_TO = {
		paid: () => bench.simulator.control.payInvoice('INV-1'),
		canceled: () => bench.simulator.control.cancelInvoice('INV-1'),
		failed: () => bench.simulator.control.failInvoice('INV-1'),
	};

	/** Creates the invoice and settles it before another workflow waits for it. */
	const settleBefore = async (status: keyof typeof CHANGE_TO) => {
		disableWebhooks();
		await bench.create('INV-1');
		CHANGE_TO[status]();
	};

	test.each(['paid', 'canceled'] as const)('%s', async (status) => {
		await settleBefore(status);
		const before = lookups().length;

		const execution = await bench.wait({}, { creates: false });

		expect(execution.status).toBe('success');
		expect(outputs(execution)).toStrictEqual([
			{
				...bench.simulator.control.invoices()[0],
				settled: true,
				payment: status === 'paid' ? transactionOf('INV-1') : null,
			},
		]);
		expect(outputs(execution)).toMatchObject([{ status }]);
		expect(lookups().slice(before)).toMatchObject([{ query: { external_id: 'INV-1' } }]);
	});

	test('failed, with failedCounts', async () => {
		await settleBefore('failed');

		const open = await bench.wait({}, { creates: false });
		const settled = await bench.wait({ failedCounts: true }, { creates: false });

		expect([open.status, settled.status]).toStrictEqual([WAITING, 'success']);
		expect(outputs(settled)).toMatchObject([{ status: 'failed', settled: true, payment: null }]);
	});

	test('confirmed a moment later, after a failed attempt, with failedCounts', async () => {
		await settleBefore('failed');
		bench.simulator.control.configure({ lagMs: 1_500 });
		bench.simulator.control.payInvoice('INV-1');

		const execution = await bench.wait({ failedCounts: true }, { creates: false });

		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});

	test('found by reference number', async () => {
		await settleBefore('paid');

		const execution = await bench.wait(
			{ lookupBy: 'referenceNumber', reference: 'INV-42-001' },
			{ creates: false },
		);

		expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1', settled: true }]);
		expect(lookups().at(-1)).toMatchObject({ query: { reference_number: 'INV-42-001' } });
	});
});

describe('until the webhook of RsomPay', () => {
	test('suspends the execution before the next node', async () => {
		const before = Date.now();
		const execution = await bench.wait({ waitAmount: 2, waitUnit: 'hours', pollAfter: 0 });

		expect(execution.status).toBe(WAITING);
		expect(execution.soFar().tasks('After')).toStrictEqual([]);
		const limit = Number(execution.waitTill) - 2 * 60 * 60 * 1000;
		expect(limit).toBeGreaterThanOrEqual(before);
		expect(limit).toBeLessThanOrEqual(Date.now());
	});

	test('waits for one day by default', async () => {
		const execution = await bench.wait({ pollAfter: 0 });

		const remainingMs = Number(execution.waitTill) - Date.now();
		expect(remainingMs).toBeGreaterThan(86_300_000);
		expect(remainingMs).toBeLessThanOrEqual(86_400_000);
	});

	test.each(['card', 'tamara'] as const)(
		'resumes with the invoice and the payment after a payment by %s',
		async (method) => {
			const execution = await bench.wait();

			bench.simulator.control.payInvoice('INV-1', { method });
			const run = await execution.ended();

			const [invoice] = bench.simulator.control.invoices();
			expect(run.status).toBe('success');
			expect(run.items('After')).toStrictEqual([
				{
					json: {
						...invoice,
						settled: true,
						payment: expect.objectContaining({
							payment_method: method,
							status: 'completed',
							amount: 103.5,
						}) as unknown,
					},
					pairedItem: { item: 0 },
				},
			]);
			expect(invoice?.status).toBe('paid');
			expect(run.tasks('After')).toHaveLength(1);
		},
	);

	test('resumes at the URL that version 0.1.0 gave RsomPay', async () => {
		disableWebhooks();
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const { status } = await bench.deliver(
			{ url: execution.resumeUrl() },
			{ payload: eventAbout('INV-1') },
		);
		await execution.ended();

		expect(status).toBe(200);
		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});

	test('a URL with another path does not reach the wait', async () => {
		disableWebhooks();
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const { status } = await bench.deliver(
			{ url: execution.resumeUrl('/other') },
			{ payload: eventAbout('INV-1') },
		);

		expect([status, execution.status]).toStrictEqual([404, WAITING]);
	});

	describe('on an older n8n', () => {
		/** Runs something without a method that n8n's context of a node has. */
		const without = async (name: string, run: () => Promise<void>) => {
			let owner: object = ExecuteContext.prototype;
			while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
			const method = Object.getOwnPropertyDescriptor(owner, name) ?? {};
			Reflect.deleteProperty(owner, name);
			try {
				await run();
			} finally {
				Object.defineProperty(owner, name, method);
			}
		};

		test('than 2.4, without isToolExecution: fails with a sentence', async () => {
			await without('isToolExecution', async () => {
				await bench.create('INV-1');
				const execution = await bench.wait({}, { creates: false });

				expect(execution.soFar().error?.message).toBe(
					"'Resume' must be 'By Polling' in an n8n older than 2.4",
				);
			});
		});

		test('than 2.4: Create fails with that sentence, and no invoice is created', async () => {
			await without('isToolExecution', async () => {
				const execution = await bench.wait();

				expect(execution.soFar().error?.message).toBe(
					"In 'Wait for Payment', 'Resume' must be 'By Polling' in an n8n older than 2.4 [Item 0]",
				);
				expect(bench.simulator.control.requests()).toStrictEqual([]);
			});
		});

		test('than 2.4: Create before a wait By Polling creates the invoice', async () => {
			await without('isToolExecution', async () => {
				await bench.wait({ waitMode: 'asking', waitAmount: 1, waitUnit: 'seconds' });

				expect(bench.simulator.control.invoices()).toHaveLength(1);
			});
		});

		test('than 2.4: Create before a disabled wait creates the invoice', async () => {
			await without('isToolExecution', async () => {
				await bench.wait({}, { node: { disabled: true } });

				expect(bench.simulator.control.invoices()).toHaveLength(1);
			});
		});

		test('without getWorkflowSettings: is suspended', async () => {
			await without('getWorkflowSettings', async () => {
				const execution = await bench.wait();

				expect(execution.status).toBe(WAITING);
			});
		});
	});

	test('resumes without a payment after a cancellation', async () => {
		const execution = await bench.wait();

		bench.simulator.control.cancelInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'canceled', settled: true, payment: null },
		]);
	});

	test('does not resume after a failed payment, because the customer can retry', async () => {
		const execution = await bench.wait();

		bench.simulator.control.failInvoice('INV-1');
		await bench.simulator.control.settleDeliveries();
		expect(execution.status).toBe(WAITING);

		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: { status: 'completed' } },
		]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('resumes after a failed payment with failedCounts', async () => {
		const execution = await bench.wait({ failedCounts: true });

		bench.simulator.control.failInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'failed', settled: true, payment: { status: 'failed' } },
		]);
	});

	test('needs no webhook when the payment arrives before the wait', async () => {
		bench.simulator.control.configure({ retryDelaysMs: [] });
		const toNode = (node: string) => ({ node, type: 'main' as const, index: 0 });
		const waiting = bench.wait(
			{},
			{
				next: [
					{ name: 'Slow', type: 'test.pass', parameters: { delayMs: 700 } },
					{ name: 'After', type: 'test.pass' },
				],
				connections: {
					Start: { main: [[toNode('Create')]] },
					Create: { main: [[toNode('Slow')]] },
					Slow: { main: [[toNode('Wait')]] },
					Wait: { main: [[toNode('After')]] },
				},
			},
		);
		await until(() => bench.simulator.control.invoices().length === 1);
		bench.simulator.control.payInvoice('INV-1');
		await bench.simulator.control.settleDeliveries();
		const execution = await waiting;

		expect(bench.simulator.control.deliveries().map(({ status }) => status)).toStrictEqual([
			409, 409,
		]);
		expect(execution.status).toBe('success');
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: transactionOf('INV-1') },
		]);
	});

	test('waits for the invoice of the input item by default', async () => {
		const execution = await bench.wait({ reference: undefined });

		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ external_id: 'INV-1', settled: true }]);
	});

	test('resumes after a restart of n8n', async () => {
		const execution = await bench.wait();

		await bench.n8n.restart();
		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', payment: { status: 'completed' } },
		]);
	});

	test('resumes once when two webhooks arrive together', async () => {
		disableWebhooks();
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const payload = eventAbout('INV-1');

		const responses = await Promise.all([
			bench.deliver(execution, { payload }),
			bench.deliver(execution, { payload }),
		]);
		const run = await execution.ended();

		expect(responses.map(({ status }) => status)).toContain(200);
		expect(run.status).toBe('success');
		expect(run.tasks('After')).toHaveLength(1);
		expect(run.items('After')).toHaveLength(1);
	});
});

describe('a rejected webhook', () => {
	beforeEach(disableWebhooks);

	test.each<[string, Partial<DeliveryRequest>, string]>([
		['forged', { secret: 'another secret' }, 'wrong signature'],
		['without a signature', { signature: null }, 'missing signature'],
		['with a malformed signature', { signature: 'sha256=zz' }, 'malformed signature'],
	])('(%s) gets a 401, and the execution stays suspended', async (_what, request, reason) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const before = lookups().length;

		const response = await bench.deliver(execution, { payload: eventAbout('INV-1'), ...request });

		const message = `The webhook could not be verified: ${reason}`;
		expect(parsed(response)).toStrictEqual([401, { message }]);
		expect(logged('warn').map((line) => line.message)).toStrictEqual([
			`RsomPay responded to a webhook with 401. ${message}`,
		]);
		expect(lookups()).toHaveLength(before);
		expect(execution.status).toBe(WAITING);

		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		expect((await execution.ended()).status).toBe('success');
	});

	test('(without a secret in the credential) gets a 503 and one warning', async () => {
		const credentials = bench.credentials({}, 'secret removed later');
		const execution = await bench.wait({}, { credentials });
		bench.simulator.control.payInvoice('INV-1');
		bench.credentials({ signingSecret: '' }, 'secret removed later');

		const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });

		expect(status).toBe(503);
		expect(logged('warn').map(({ message }) => message)).toStrictEqual([
			'RsomPay responded to a webhook with 503. The RsomPay credential has no signing secret',
		]);
		expect(execution.status).toBe(WAITING);
	});

	test('(signed, but not an event) gets a 400', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const response = await bench.deliver(execution, { rawBody: '{"invoice":"INV-1"}' });

		expect(parsed(response)).toStrictEqual([
			400,
			{ message: 'The body is not an event of RsomPay' },
		]);
		expect(execution.status).toBe(WAITING);
	});
});

describe("n8n's part", () => {
	beforeEach(disableWebhooks);

	test.each([
		['without the token', (url: string) => url.replace(/\?.*/, '')],
		[
			'with another token',
			(url: string) => url.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
		],
	])('rejects a request %s', async (_what, change) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const url = change(execution.url);

		const posted = await bench.deliver({ url }, { payload: eventAbout('INV-1') });
		const got = await fetch(`${url}${url.includes('?') ? '&' : '?'}external_id=INV-1`);

		expect(parsed(posted)).toStrictEqual([401, { error: 'Invalid token' }]);
		expect(got.status).toBe(401);
		expect(execution.status).toBe(WAITING);
	});

	test('responds with 409 after the execution has resumed', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		await execution.ended();

		const { status } = await bench.deliver(execution, { payload: eventAbout('INV-1') });

		expect(status).toBe(409);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
	});

	test('responds with 404 to other methods than POST and GET', async () => {
		const execution = await bench.wait();

		expect((await fetch(execution.url, { method: 'PUT' })).status).toBe(404);
	});
});

describe('reads the status from Get by Reference, never from the webhook', () => {
	beforeEach(disableWebhooks);

	test('responds with 503 to paid before the invoice is paid, and the retry resumes', async () => {
		const execution = await bench.wait();
		const payload = eventAbout('INV-1');

		const tooEarly = await bench.deliver(execution, { payload });
		expect(parsed(tooEarly)).toStrictEqual([503, { message: 'The invoice has not settled yet' }]);
		expect(Number(tooEarly.headers['retry-after'])).toBeGreaterThan(0);
		expect(execution.status).toBe(WAITING);

		bench.simulator.control.payInvoice('INV-1');
		expect((await bench.deliver(execution, { payload })).status).toBe(200);
		await execution.ended();
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', payment: { status: 'completed' } },
		]);
	});

	test.each([
		['paid', 'invoice.status_changed', 503],
		['canceled', 'invoice.status_changed', 503],
		['failed', 'invoice.status_changed', 200],
		['issued', 'payment.completed', 503],
		['failed', 'payment.failed', 200],
		['issued', 'invoice.status_changed', 200],
	] as const)(
		'a webhook with %s (%s) for an issued invoice gets a %i',
		async (eventStatus, event, status) => {
			const execution = await bench.wait();

			const response = await bench.deliver(execution, {
				payload: eventAbout('INV-1', eventStatus, { event }),
			});

			expect(response.status).toBe(status);
			expect(execution.status).toBe(WAITING);
		},
	);

	test('resumes as paid without the failed payment when a paid invoice gets a failed webhook', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		const response = await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
		await execution.ended();

		expect(parsed(response)).toStrictEqual([200, { message: 'Event received' }]);
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: transactionOf('INV-1') },
		]);
	});

	test('responds with 503 to failed before the invoice has failed, with failedCounts', async () => {
		const execution = await bench.wait({ failedCounts: true });

		const { status } = await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });

		expect(status).toBe(503);
		expect(execution.status).toBe(WAITING);
	});

	/** Waits with failedCounts. An attempt has failed, another one is confirmed after the lag. */
	const waitForSecondAttempt = async (lagMs: number) => {
		const execution = await bench.wait({ failedCounts: true });
		bench.simulator.control.configure({ events: [] });
		bench.simulator.control.failInvoice('INV-1');
		bench.simulator.control.configure({ lagMs });
		bench.simulator.control.payInvoice('INV-1');
		return execution;
	};

	test('responds with 503 to paid while the invoice is still failed, with failedCounts, and the retry resumes', async () => {
		const execution = await waitForSecondAttempt(9_000);

		// Each is polled for 2.5 seconds.
		const completed = await bench.deliver(execution, { payload: eventAbout('INV-1') });
		// The event of the earlier attempt comes late.
		const failed = await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
		const changed = await bench.deliver(execution, {
			payload: eventAbout('INV-1', 'paid', { event: 'invoice.status_changed' }),
		});

		expect([completed.status, failed.status, changed.status]).toStrictEqual([503, 503, 503]);
		expect(Number(completed.headers['retry-after'])).toBeGreaterThan(0);
		expect(execution.status).toBe(WAITING);

		await new Promise((resolve) => setTimeout(resolve, 3_000));
		await bench.deliver(execution, { payload: eventAbout('INV-1') });
		await execution.ended();
		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: { status: 'completed' } },
		]);
	});

	test('resumes as paid when only the callback of an earlier attempt comes, a moment before', async () => {
		const execution = await waitForSecondAttempt(1_500);

		await bench.deliver(execution, { payload: failedPaymentEvent('INV-1') });
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ status: 'paid', settled: true }]);
	});

	test('outputs the amount and the customer of Get by Reference', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const payload = eventAbout('INV-1');

		await bench.deliver(execution, {
			payload: { ...payload, invoice: { ...payload.invoice, amount: 1, customer: { id: 'X' } } },
		});
		await execution.ended();

		expect(outputs(execution)).toMatchObject([{ amount: 103.5, customer: { id: 'CUST-9' } }]);
	});

	test('finds the invoice by the reference number of the webhook', async () => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');

		await bench.deliver(execution, {
			payload: { ...eventAbout(''), invoice: { reference_number: 'INV-42-001' } },
		});

		expect((await execution.ended()).status).toBe('success');
	});

	test.each([
		['another invoice', { external_id: 'INV-2' }],
		['an invoice that has the reference number as its ID', { external_id: 'INV-42-001' }],
		['no invoice', undefined],
		['text instead of an invoice', 'INV-1'],
	])('responds with 200 without a lookup to a webhook about %s', async (_what, invoice) => {
		const execution = await bench.wait();
		bench.simulator.control.payInvoice('INV-1');
		const before = lookups().length;

		const response = await bench.deliver(execution, {
			payload: { ...eventAbout('INV-1'), invoice },
		});

		expect(parsed(response)).toStrictEqual([
			200,
			{ message: 'Event received, and not waited for' },
		]);
		expect(lookups()).toHaveLength(before);
		expect(execution.status).toBe(WAITING);
	});
});

describe('when the lookup fails', () => {
	test.each<[string, () => void, string]>([
		[
			'responds with an error',
			() => bench.simulator.control.injectFault({ kind: 'status', status: 500 }),
			'a fault on its side (HTTP 500)',
		],
		[
			'responds with HTML',
			() => bench.simulator.control.injectFault({ kind: 'status', status: 403, body: '<html>' }),
			'web page',
		],
		[
			'does not respond',
			() => bench.simulator.control.injectFault({ kind: 'drop' }),
			'RsomPay did not respond',
		],
		[
			'rejects the token',
			() => bench.credentials({ apiToken: 'another' }),
			'RsomPay did not accept the API token',
		],
	])(
		'because RsomPay %s, a webhook gets a 503 and the execution stays suspended',
		async (_what, breakRsomPay, reason) => {
			disableWebhooks();
			const execution = await bench.wait();
			bench.simulator.control.payInvoice('INV-1');
			breakRsomPay();
			const before = lookups().length;

			const response = await bench.deliver(execution, { payload: eventAbout('INV-1') });

			expect(response.status).toBe(503);
			expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
			expect(logged('warn')).toHaveLength(1);
			expect(logged('warn')[0]?.message).toContain(reason);
			// n8n itself retries once after a 401.
			expect(lookups().length - before).toBeLessThanOrEqual(2);
			expect(execution.status).toBe(WAITING);
		},
	);

	test("resumes at RsomPay's retry", async () => {
		const execution = await bench.wait();
		bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 3 } });

		bench.simulator.control.payInvoice('INV-1');
		await execution.ended();

		expect(outputs(execution)).toMatchObject([
			{ status: 'paid', settled: true, payment: { status: 'completed' } },
		]);
		expect(execution.soFar().tasks('After')).toHaveLength(1);
		await bench.simulator.control.settleDeliveries();
		const [first, ...rest] = bench.simulator.control.deliveries();
		expect(first).toMatchObject({ attempt: 1, status: 503 });
		expect(rest.map(({ status }) => status)).toContain(200);
	});
});

test('stores and logs no token and no secret', async () => {
	const { apiToken, signingSecret } = bench.simulator;
	disableWebhooks();
	const execution = await bench.wait();
	bench.simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });
	bench.simulator.control.payInvoice('INV-1');
	await bench.deliver(execution, { payload: eventAbout('INV-1'), secret: 'another' });
	await bench.deliver(execution, { payload: eventAbout('INV-1') });
	const suspended = execution.everything();
	await bench.deliver(execution, { payload: eventAbout('INV-1') });
	await until(() => execution.status === 'success');

	for (const text of [suspended, execution.everything()]) {
		expect(text).toContain('INV-1');
		expect(text).not.toContain(apiToken);
		expect(text).not.toContain(signingSecret);
	}
});
