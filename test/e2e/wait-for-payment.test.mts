import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { z } from 'zod';
import { type Item, itemsOf } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { chain, CREATE, type NodeJson, WAIT_FOR_PAYMENT } from '../../harness/workflows.mts';
import type { DeliveryRequest, DeliveryResponse, RsomPayEvent } from '../../simulator/index.mts';
import { askAgent } from './harness/agent.mts';
import { useBrowser } from './harness/browser.mts';
import { paymentCompleted } from './harness/events.mts';
import {
	containing,
	invoiceOf,
	testThatSecretsStaySecret,
	type TriggerWorkflow,
	useTestBed,
} from './harness/testBed.mts';
import {
	actionNode,
	manualStart,
	setNode,
	splitOutNode,
	waitNode,
	webhookNode,
} from './harness/workflows.mts';

const testBed = useTestBed();
const customers = useBrowser();

const WAIT = 'Wait for Payment';

interface ShopSettings {
	/** Parameters of the node that creates invoices. */
	create?: Record<string, unknown>;
	/** Parameters of the node that waits. */
	wait?: Record<string, unknown>;
	/** Nodes after the others. */
	more?: NodeJson[];
}

/** A published workflow that receives orders, creates an invoice for each and waits for payment. */
interface Shop {
	/** Starts one execution for these orders, and waits until it is suspended. */
	order(...ids: string[]): Promise<Checkout>;
}

/** A suspended execution. */
interface Checkout {
	paymentUrl(order: string): string;
	/** The notification URL of an order's invoice: the execution's resume URL. */
	notificationUrl(order: string): string;
	/** Delivers an event to that URL, by default signed as RsomPay signs it. */
	callBack(event: RsomPayEvent, request?: Partial<DeliveryRequest>): Promise<DeliveryResponse>;
	status(): Promise<string>;
	/** The node that has run last. */
	lastNode(): Promise<string | undefined>;
	/** The output of the node that waits; waits until the execution has succeeded. */
	outcome(): Promise<Array<Item['json']>>;
}

const nodesOf = ({ create, wait, more = [] }: ShopSettings = {}) => [
	{ ...actionNode({ ...CREATE, ...create }), name: 'Create' },
	{ ...actionNode({ ...WAIT_FOR_PAYMENT, ...wait }), name: WAIT },
	setNode('Afterwards', {
		order: "={{ $('Orders').item.json.id }}",
		status: '={{ $json.status }}',
	}),
	...more,
];

async function openShop(settings: ShopSettings = {}): Promise<Shop> {
	const { api, url } = testBed.n8n;
	const path = randomUUID();
	const workflow = chain(
		webhookNode(path),
		splitOutNode('Orders', 'body.orders'),
		...nodesOf(settings),
	);
	const workflowId = await api.importAndPublish(workflow, [testBed.credential]);
	return {
		order: async (...ids) => {
			const earlier = (await api.executions(workflowId)).length;
			const orders = ids.map((id) => ({ id }));
			await axios.post(`${url}/webhook/${path}`, { orders }, { proxy: false });
			const { id } = await until('the execution to be suspended', async () => {
				const newest = (await api.executions(workflowId))[earlier];
				return newest?.status === 'waiting' ? newest : undefined;
			});
			return checkoutOf(id);
		},
	};
}

const creationSchema = z.object({ external_id: z.string(), notification_url: z.string() });

function checkoutOf(executionId: string): Checkout {
	const { api } = testBed.n8n;
	const { simulator } = testBed;
	const { control } = simulator;
	const checkout: Checkout = {
		paymentUrl: (order) => invoiceOf(simulator, order).payment_url,
		notificationUrl: (order) => {
			const created = control
				.requests()
				.filter(({ method }) => method === 'POST')
				.map(({ body }) => creationSchema.parse(body));
			return created.find(({ external_id }) => external_id === order)?.notification_url ?? '';
		},
		callBack: async (event, request) => {
			const url = checkout.notificationUrl(event.invoice.external_id);
			return await control.deliver({ url, payload: event, ...request });
		},
		status: async () => (await api.execution(executionId)).status,
		lastNode: async () => Object.keys((await api.execution(executionId)).nodes).at(-1),
		outcome: async () => {
			const { status, error, nodes } = await api.finished(executionId);
			expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
			const items = itemsOf(nodes[WAIT]);
			// The node has run once, and item linking leads from each item to its order.
			expect(nodes[WAIT]).toHaveLength(1);
			expect(itemsOf(nodes.Afterwards)).toStrictEqual(
				items.map(({ external_id: order, status }) => ({ order, status })),
			);
			return items;
		},
	};
	return checkout;
}

/** RsomPay's event that an order is paid. */
function eventAbout(order: string): RsomPayEvent {
	const { invoice } = paymentCompleted();
	return paymentCompleted({ invoice: { ...invoice, external_id: order } });
}

const paid = (order: string, payment: unknown) => ({
	external_id: order,
	status: 'paid',
	amount: 115,
	settled: true,
	payment,
});

const CARD = { payment_method: 'card', status: 'completed', amount: 115 };
const TAMARA = { payment_method: 'tamara', status: 'completed', amount: 115 };

let shop: Shop;
beforeAll(async () => {
	shop = await openShop();
});

/** What a customer does on the payment page, which pages they see, and the result. */
const OUTCOMES = [
	['pays by Tamara', [['Pay with Tamara', 'Paid']], 'paid', TAMARA],
	[
		'fails to pay, tries again and pays',
		[
			['Simulate a failed payment', 'Payment not completed'],
			['Pay by card', 'Paid'],
		],
		'paid',
		CARD,
	],
	['cancels', [['Cancel', 'Invoice canceled']], 'canceled', null],
] as const;

/** Presses buttons of the payment page, and checks the page after each. */
async function press(checkout: Checkout, buttons: (typeof OUTCOMES)[number][1]): Promise<void> {
	const customer = await customers.open();
	for (const [button, heading] of buttons) {
		expect(await checkout.status()).toBe('waiting');
		const page = await customer.pay(checkout.paymentUrl('ORDER-1'), button);
		expect(page).toMatchObject({ status: 200, heading, text: containing('ORDER-1') });
		if (heading !== 'Paid') expect(page.text).not.toMatch(/paid/i);
	}
}

describe('a customer who returns to the execution', () => {
	// API guide: the customer returns first, the webhook follows.
	beforeEach(() => testBed.simulator.control.configure({ webhookDelayMs: 60_000 }));

	test.each(OUTCOMES)(
		'%s: the execution resumes at once',
		async (_what, buttons, status, payment) => {
			const checkout = await shop.order('ORDER-1');

			await press(checkout, buttons);

			const [item] = await checkout.outcome();
			expect(item).toMatchObject({ external_id: 'ORDER-1', status, settled: true, payment });
		},
	);

	test('with a second question mark in the URL: the execution resumes', async () => {
		testBed.simulator.control.configure({ returnUrlJoin: 'question-mark' });
		const checkout = await shop.order('ORDER-1');
		const customer = await customers.open({ locale: 'ar-SA' });

		const page = await customer.pay(checkout.paymentUrl('ORDER-1'), 'Pay by card');

		expect(page).toMatchObject({ status: 200, language: 'ar', direction: 'rtl' });
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	});

	test('pays by the button on the page after a failed attempt: the execution resumes', async () => {
		const checkout = await shop.order('ORDER-1');
		const customer = await customers.open();
		const failed = await customer.pay(checkout.paymentUrl('ORDER-1'), 'Simulate a failed payment');
		expect(failed.text).toMatch(/SAR\s115\.00/);

		const { url } = await customer.press('Try again');

		expect(url).toBe(checkout.paymentUrl('ORDER-1'));
		expect(await customer.press('Pay by card')).toMatchObject({ heading: 'Paid' });
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	});

	test('is redirected with Redirect: the execution resumes', async () => {
		const page = `${testBed.n8n.url}/healthz`;
		const withRedirect = await openShop({
			wait: {
				customerAnswer: 'redirect',
				successUrl: `${page}?is=success`,
				pendingUrl: `${page}?is=pending`,
				failureUrl: `${page}?is=failure`,
			},
		});
		const checkout = await withRedirect.order('ORDER-1');
		const customer = await customers.open();

		const failed = await customer.pay(checkout.paymentUrl('ORDER-1'), 'Simulate a failed payment');
		expect(failed.url).toBe(`${page}?is=failure&external_id=ORDER-1&status=failed`);
		expect(await checkout.status()).toBe('waiting');

		const succeeded = await customer.pay(checkout.paymentUrl('ORDER-1'), 'Pay by card');
		expect(succeeded.url).toBe(`${page}?is=success&external_id=ORDER-1&status=paid`);
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	});
});

describe('a customer who returns to a RsomPay Trigger', () => {
	let withTrigger: Shop;
	let trigger: TriggerWorkflow;
	beforeAll(async () => {
		trigger = await testBed.publish({ parameters: { events: ['customer.returned'] } });
		withTrigger = await openShop({ create: { returnTo: 'url', returnUrl: trigger.url } });
	});

	test.each(OUTCOMES)(
		'%s: the callback resumes the execution, with the payment',
		async (_what, buttons, status, payment) => {
			const checkout = await withTrigger.order('ORDER-1');

			await press(checkout, buttons);

			const [item] = await checkout.outcome();
			expect(item).toMatchObject({ external_id: 'ORDER-1', status, settled: true, payment });
		},
	);
});

describe("RsomPay's next report and a customer's reload", () => {
	/** The execution after the payment: suspended at a Wait node of n8n. */
	const waitingElsewhere = async (parameters: Record<string, unknown>) => {
		const elsewhere = await openShop({
			more: [{ ...waitNode(0), name: 'Wait elsewhere', parameters }],
		});
		testBed.simulator.control.configure({ events: [] });
		const checkout = await elsewhere.order('ORDER-1');
		testBed.simulator.control.payInvoice('ORDER-1');
		expect(await checkout.callBack(eventAbout('ORDER-1'))).toMatchObject({ status: 200 });
		await until('the execution to be suspended at the Wait node', async () =>
			(await checkout.lastNode()) === 'Wait elsewhere' ? true : undefined,
		);
		return checkout;
	};

	test("do not resume a Wait node of n8n 'On Webhook Call'", async () => {
		const checkout = await waitingElsewhere({ resume: 'webhook', httpMethod: 'POST' });

		const report = { ...eventAbout('ORDER-1'), event: 'invoice.status_changed' as const };
		expect(await checkout.callBack(report)).toMatchObject({ status: 404 });

		expect(await checkout.status()).toBe('waiting');
	});

	test("do not resume a Wait node of n8n 'After Time Interval'", async () => {
		const checkout = await waitingElsewhere({
			resume: 'timeInterval',
			amount: 10,
			unit: 'minutes',
		});

		const { status } = await axios.get(checkout.notificationUrl('ORDER-1'), {
			proxy: false,
			validateStatus: () => true,
		});

		expect([status, await checkout.status()]).toStrictEqual([404, 'waiting']);
	});
});

test('resumes once when the customer and the callback arrive together', async () => {
	const { control } = testBed.simulator;
	control.configure({ events: ['payment.completed'], retryDelaysMs: [] });
	// It is suspended again right afterwards, so that n8n would accept a second resume.
	const again = await openShop({
		more: [
			{
				...actionNode({ ...CREATE, externalId: '={{ $json.order }}-AGAIN' }),
				name: 'Create again',
			},
			{ ...actionNode(WAIT_FOR_PAYMENT), name: 'Wait again' },
		],
	});

	for (const order of ['ORDER-1', 'ORDER-2', 'ORDER-3', 'ORDER-4', 'ORDER-5']) {
		const checkout = await again.order(order);
		// The simulator sends the webhooks right after the redirect.
		const { headers } = await axios.post(
			checkout.paymentUrl(order),
			new URLSearchParams({ action: 'card' }),
			{ proxy: false, maxRedirects: 0, validateStatus: (status) => status === 303 },
		);
		const page = await axios.get<string>(String(headers.location), {
			proxy: false,
			validateStatus: () => true,
		});
		await control.settleDeliveries();

		// n8n itself returns 409 to the second one if the execution has resumed.
		const callback = control.deliveries().at(-1);
		expect([page.status, callback?.status]).toContain(200);
		expect([200, 409]).toContain(page.status);
		expect([200, 409, 503]).toContain(callback?.status);
		if (page.status === 200) expect(page.data).toContain('<h1>Paid</h1>');

		await until('the second invoice', () =>
			control.invoices().find(({ external_id }) => external_id === `${order}-AGAIN`),
		);
		await until('the execution to be suspended again', async () =>
			(await checkout.status()) === 'waiting' ? true : undefined,
		);
		control.payInvoice(`${order}-AGAIN`);
		expect(await checkout.outcome()).toMatchObject([{ external_id: order, status: 'paid' }]);
	}
	expect(control.invoices()).toHaveLength(10);
});

describe('a callback', () => {
	const FORGED = { secret: 'rsom-secret-of-another-account' };

	test('that is forged, or has no valid token of n8n: returns 401, and the execution stays suspended', async () => {
		const checkout = await shop.order('ORDER-1');
		const event = eventAbout('ORDER-1');
		testBed.simulator.control.configure({ events: ['payment.completed'] });
		const url = new URL(checkout.notificationUrl('ORDER-1'));
		const warnings = testBed.n8n.warnings().length;

		expect(await checkout.callBack(event, FORGED)).toMatchObject({ status: 401 });
		expect(await checkout.callBack(event, { signature: null })).toMatchObject({ status: 401 });
		const tokens = [null, '', 'a'.repeat(64)];
		for (const token of tokens) {
			if (token === null) url.searchParams.delete('signature');
			else url.searchParams.set('signature', token);
			expect(await checkout.callBack(event, { url: url.href })).toMatchObject({
				status: 401,
				body: '{"error":"Invalid token"}',
			});
		}

		expect(await checkout.status()).toBe('waiting');
		expect(testBed.n8n.warnings().slice(warnings)).toStrictEqual([
			'RsomPay responded to a webhook with 401. The webhook could not be verified: wrong signature',
			'RsomPay responded to a webhook with 401. The webhook could not be verified: missing signature',
		]);
		testBed.simulator.control.payInvoice('ORDER-1');
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	});

	test('returns 503 while RsomPay fails, and the retry resumes the execution', async () => {
		const checkout = await shop.order('ORDER-1');
		const { control } = testBed.simulator;
		control.configure({ events: ['payment.completed'], retryDelaysMs: [300] });
		control.injectFault({ kind: 'status', status: 500, match: { method: 'GET', times: 1 } });

		control.payInvoice('ORDER-1');

		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
		expect(control.deliveries()).toMatchObject([{ status: 503 }, { status: 200 }]);
	});

	test('that is repeated after the resume gets 409 from n8n, and nothing runs twice', async () => {
		const checkout = await shop.order('ORDER-1');
		const { control } = testBed.simulator;
		control.configure({ events: ['payment.completed'] });
		control.payInvoice('ORDER-1');
		await checkout.outcome();

		const eventId = control.deliveries()[0]?.event_id ?? '';
		expect(await control.repeatDelivery(eventId)).toBe(409);
		await checkout.outcome();
	});
});

describe('several invoices', () => {
	test('are all awaited: an early callback gets 200', async () => {
		const checkout = await shop.order('ORDER-1', 'ORDER-2', 'ORDER-3');
		const { control } = testBed.simulator;
		control.configure({ events: ['payment.completed', 'invoice.status_changed'] });

		control.payInvoice('ORDER-3', { method: 'tamara' });
		control.cancelInvoice('ORDER-2');
		await control.settleDeliveries();
		expect(control.deliveries()).toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }]);
		expect(await checkout.status()).toBe('waiting');

		control.payInvoice('ORDER-1');
		expect(await checkout.outcome()).toMatchObject([
			paid('ORDER-1', CARD),
			{ external_id: 'ORDER-2', status: 'canceled', settled: true, payment: null },
			paid('ORDER-3', TAMARA),
		]);
	});

	test('that are paid at the same moment resume the execution once', async () => {
		const { control } = testBed.simulator;
		control.configure({ events: ['payment.completed'], retryDelaysMs: [] });
		const checkout = await shop.order('ORDER-1', 'ORDER-2');

		control.payInvoice('ORDER-1');
		control.payInvoice('ORDER-2');
		await control.settleDeliveries();

		expect(control.deliveries().map(({ status }) => status)).toContain(200);
		const settled = { status: 'paid', settled: true };
		expect(await checkout.outcome()).toMatchObject([settled, settled]);
	});
});

test('waits in a manual execution, too', async () => {
	const { api } = testBed.n8n;
	const { control } = testBed.simulator;
	const orders = manualStart([{ id: 'ORDER-1' }]).map((node) =>
		node.name === 'Items' ? { ...node, name: 'Orders' } : node,
	);
	const id = await api.importWorkflow(chain(...orders, ...nodesOf()), [testBed.credential]);

	const run = api.runManually(id, 'Manual Trigger');
	const waiting = await until('the execution to be suspended', async () =>
		(await api.executions(id)).find(({ status }) => status === 'waiting'),
	);
	expect(waiting.mode).toBe('manual');
	control.payInvoice('ORDER-1');

	const { status, nodes } = await run;
	expect(status).toBe('success');
	expect(itemsOf(nodes[WAIT])).toMatchObject([paid('ORDER-1', CARD)]);
});

describe("as a tool of n8n's AI Agent", () => {
	const ask = async (wait: Record<string, unknown>) => {
		const reference = "={{ $fromAI('reference', 'The order number', 'string') }}";
		const tool = actionNode({ ...WAIT_FOR_PAYMENT, reference, ...wait });
		return await askAgent(testBed.n8n, tool, testBed.credential, { reference: 'ORDER-1' });
	};

	test('waits by polling', async () => {
		const { control } = testBed.simulator;
		await testBed.issue({ external_id: 'ORDER-1' });
		control.onRequest(() => {
			if (control.requests().length === 3) control.payInvoice('ORDER-1');
		});

		const answer = await ask({ waitMode: 'asking', waitAmount: 30, waitUnit: 'seconds' });

		expect(answer).toContain('"status":"paid"');
		expect(answer).toContain('"settled":true');
	});

	test('polls when it was saved to wait for a callback', async () => {
		await testBed.issue({ external_id: 'ORDER-1' });

		const answer = await ask({ waitMode: 'callback', waitAmount: 2, waitUnit: 'seconds' });

		expect(answer).toContain('"status":"issued"');
		expect(answer).toContain('"settled":false');
	});
});

test('resumes with the retry of a callback that failed because n8n was killed', async () => {
	const { control } = testBed.simulator;
	const checkout = await shop.order('ORDER-1');
	const ofTwo = await shop.order('ORDER-2', 'ORDER-3');
	control.payInvoice('ORDER-2');
	await control.settleDeliveries();
	const customer = await customers.open();
	await customer.visit(checkout.paymentUrl('ORDER-1'));
	control.configure({
		events: ['payment.completed'],
		retryDelaysMs: Array.from({ length: 200 }, () => 300),
	});

	await testBed.n8n.kill();
	control.payInvoice('ORDER-1');
	control.payInvoice('ORDER-3', { method: 'tamara' });
	const events = await until('both callbacks to fail', () => {
		const refused = control.deliveries().filter(({ error }) => error?.includes('ECONNREFUSED'));
		const ids = new Set(refused.map(({ event_id }) => event_id ?? ''));
		return refused.length > 3 && ids.size === 2 ? ids : undefined;
	});
	await testBed.n8n.restart();
	await control.settleDeliveries({ timeoutMs: 60_000 });
	// n8n may have responded with 200 and "n8n is starting up": RsomPay then sends no other retry.
	for (const id of events) {
		// A callback that comes while another one resumes the execution gets 503.
		const status = await until('the callback to be acknowledged', async () => {
			const response = await control.repeatDelivery(id);
			return response === 503 ? undefined : response;
		});
		expect([200, 409]).toContain(status);
	}

	expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	// n8n stores nothing of a callback that does not resume the execution. The transaction is found.
	expect(await ofTwo.outcome()).toMatchObject([paid('ORDER-2', CARD), paid('ORDER-3', TAMARA)]);
});

describe('when webhooks are lost', () => {
	const WAIT_ELSEWHERE = {
		...waitNode(0),
		name: 'Wait elsewhere',
		parameters: { resume: 'timeInterval', amount: 1, unit: 'hours' },
	};

	test('polls, across kills of n8n, as if it had waited once', async () => {
		const { control } = testBed.simulator;
		control.configure({ events: [] });
		const polling = await openShop({ wait: { pollAfter: 1 } });
		const thenWaiting = await openShop({ wait: { pollAfter: 1 }, more: [WAIT_ELSEWHERE] });
		const checkout = await polling.order('ORDER-1', 'ORDER-2');
		const other = await thenWaiting.order('ORDER-3');
		control.payInvoice('ORDER-1');
		control.payInvoice('ORDER-3');
		await testBed.n8n.kill();
		await testBed.n8n.restart();
		const polls = (order: string) =>
			control
				.requests()
				.filter(({ path, query }) => path.endsWith('/by-reference') && query.external_id === order)
				.length;

		// n8n has set a timer for the poll, and would resume the Wait node by it. So the timer resumes.
		expect(await other.callBack(eventAbout('ORDER-3'))).toMatchObject({ status: 503 });
		expect(await other.lastNode()).toBe(WAIT);
		await until('the first poll', () => polls('ORDER-2') === 2 || undefined, 100_000);
		await until(
			'the execution to be suspended again',
			async () => (await checkout.status()) === 'waiting' || undefined,
		);
		await until(
			'the other execution to reach the Wait node',
			async () => (await other.lastNode()) === 'Wait elsewhere' || undefined,
		);
		control.payInvoice('ORDER-2');
		await testBed.n8n.kill();
		await testBed.n8n.restart();

		await until('the second poll', () => polls('ORDER-2') === 3 || undefined, 150_000);
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD), paid('ORDER-2', CARD)]);
		expect(polls('ORDER-1')).toBe(2);
		expect(await other.status()).toBe('waiting');
	}, 300_000);
});

testThatSecretsStaySecret(testBed);
