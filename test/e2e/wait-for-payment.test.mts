import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { z } from 'zod';
import type { Credential, Execution, Item } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import {
	type DeliveryRequest,
	type DeliveryResponse,
	type RsomPayEvent,
	type Simulator,
	startSimulator,
} from '../../simulator/index.mts';
import {
	containing,
	type Hook,
	invoiceOf,
	itemsOf,
	testThatSecretsStaySecret,
	useBench,
} from './harness/bench.mts';
import { useBrowser } from './harness/browser.mts';
import { askAgent } from './harness/agent.mts';
import { paymentCompleted } from './harness/events.mts';
import {
	actionNode,
	chain,
	manualStart,
	type NodeJson,
	setNode,
	splitOutNode,
	webhookNode,
} from './harness/workflows.mts';

const bench = useBench();
const customers = useBrowser();

const WAIT = 'Wait for Payment';

const CREATE = {
	resource: 'invoice',
	operation: 'create',
	externalId: '={{ $json.id }}',
	customerId: 'CUST-9',
	customerFullName: 'Ahmed Ali',
	lineItemsMode: 'fields',
	lineItems: { item: [{ description: 'Service fee', unitPrice: 100, taxRate: 15 }] },
	notify: 'execution',
	returnTo: 'execution',
};

const WAIT_FOR_IT = {
	resource: 'invoice',
	operation: 'waitForPayment',
	lookupBy: 'externalId',
	reference: '={{ $json.external_id }}',
};

/** What a workflow that sells differs in from the simplest, and who does the billing. */
interface ShopSettings {
	/** Of the node that creates invoices. */
	create?: Record<string, unknown>;
	/** Of the node that waits. */
	wait?: Record<string, unknown>;
	/** What comes after the rest. */
	more?: NodeJson[];
	credential?: Credential;
	simulator?: Simulator;
}

/** A published workflow that takes orders, creates an invoice for each and waits for them. */
interface Shop {
	/** Starts one execution for these orders, and gives it when it waits for their payment. */
	order(...ids: string[]): Promise<Checkout>;
}

/** An execution that waits. */
interface Checkout {
	paymentUrl(order: string): string;
	/** The address of this execution that RsomPay was given for this order. */
	notificationUrl(order: string): string;
	/** Delivers an event to that address, signed as RsomPay does unless the request says else. */
	callBack(event: RsomPayEvent, request?: Partial<DeliveryRequest>): Promise<DeliveryResponse>;
	status(): Promise<string>;
	/** What came out of the waiting node, once the execution has succeeded. */
	outcome(timeoutMs?: number): Promise<Array<Item['json']>>;
}

const workflowOf = ({ create, wait, more = [] }: ShopSettings = {}) => [
	{ ...actionNode({ ...CREATE, ...create }), name: 'Create' },
	{ ...actionNode({ ...WAIT_FOR_IT, ...wait }), name: WAIT },
	setNode('Afterwards', {
		order: "={{ $('Orders').item.json.id }}",
		status: '={{ $json.status }}',
	}),
	...more,
];

async function openShop(settings: ShopSettings = {}): Promise<Shop> {
	const { credential = bench.credential, simulator = bench.simulator } = settings;
	const { api, url } = bench.n8n;
	const path = randomUUID();
	const workflow = chain(
		webhookNode(path),
		splitOutNode('Orders', 'body.orders'),
		...workflowOf(settings),
	);
	const workflowId = await api.importWorkflow(workflow, [credential]);
	await api.publish(workflowId);
	return {
		order: async (...ids) => {
			const earlier = (await api.executions(workflowId)).length;
			const orders = ids.map((id) => ({ id }));
			await axios.post(`${url}/webhook/${path}`, { orders }, { proxy: false });
			const { id } = await until('the execution to wait', async () => {
				const newest = (await api.executions(workflowId))[earlier];
				return newest?.status === 'waiting' ? newest : undefined;
			});
			return checkoutOf(id, simulator);
		},
	};
}

const creationSchema = z.object({ external_id: z.string(), notification_url: z.string() });

function checkoutOf(executionId: string, simulator: Simulator): Checkout {
	const { api } = bench.n8n;
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
		outcome: async (timeoutMs) => {
			const { status, error, nodes } = await api.finished(executionId, timeoutMs);
			expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
			const items = itemsOf(nodes[WAIT]);
			// Each node has run once, and every item knows the order that it came from.
			expect(nodes[WAIT]).toHaveLength(1);
			expect(itemsOf(nodes.Afterwards)).toStrictEqual(
				items.map(({ external_id: order, status }) => ({ order, status })),
			);
			return items;
		},
	};
	return checkout;
}

/** RsomPay's event about an order of a checkout: paid, unless the changes say else. */
function eventAbout(order: string, changes: Partial<RsomPayEvent['invoice']> = {}): RsomPayEvent {
	const { invoice } = paymentCompleted();
	return paymentCompleted({ invoice: { ...invoice, external_id: order, ...changes } });
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

/** Begun first and looked at last: it takes a minute, and RsomPay must not forget it meanwhile. */
let abandoned: { simulator: Simulator; checkout: Checkout };
beforeAll(async () => {
	const simulator = await startSimulator({ webhookDelayMs: 0 });
	const { apiBaseUrl: baseUrl, apiToken, signingSecret } = simulator;
	const credential = await bench.createCredential({ baseUrl, apiToken, signingSecret });
	const wait = { waitAmount: 1, waitUnit: 'minutes' };
	const shop = await openShop({ wait, credential, simulator });
	abandoned = { simulator, checkout: await shop.order('PAID-EARLY', 'ABANDONED') };
	simulator.control.payInvoice('PAID-EARLY', { method: 'tamara' });
});
afterAll(async () => await abandoned.simulator.close());

let shop: Shop;
beforeAll(async () => {
	shop = await openShop();
});

/** What a customer does on the payment page, what they get to see, and what comes out. */
const OUTCOMES = [
	['pays by card', [['Pay by card', 'Paid']], 'paid', CARD],
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

/** Lets a customer press buttons, one after another, and looks at what they get to see. */
async function press(checkout: Checkout, buttons: (typeof OUTCOMES)[number][1]): Promise<void> {
	const customer = await customers.open();
	for (const [button, heading] of buttons) {
		expect(await checkout.status()).toBe('waiting');
		const seen = await customer.pay(checkout.paymentUrl('ORDER-1'), button);
		expect(seen).toMatchObject({ status: 200, heading, text: containing('ORDER-1') });
		if (heading !== 'Paid') expect(seen.text).not.toMatch(/paid/i);
	}
}

describe('a customer who returns to the execution', () => {
	// The guide: the browser comes back first, the webhook follows.
	beforeEach(() => bench.simulator.control.configure({ webhookDelayMs: 60_000 }));

	test.each(OUTCOMES)('%s: it goes on at once', async (_what, buttons, status) => {
		const checkout = await shop.order('ORDER-1');

		await press(checkout, buttons);

		const [item] = await checkout.outcome();
		expect(item).toMatchObject({ external_id: 'ORDER-1', status, settled: true, payment: null });
	});

	test('with a second question mark in the address is met all the same', async () => {
		bench.simulator.control.configure({ returnUrlJoin: 'question-mark' });
		const checkout = await shop.order('ORDER-1');
		const customer = await customers.open({ locale: 'ar-SA' });

		const seen = await customer.pay(checkout.paymentUrl('ORDER-1'), 'Pay by card');

		expect(seen).toMatchObject({ status: 200, language: 'ar', direction: 'rtl' });
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', null)]);
	});

	test('and only claims to have paid is not believed, and it waits on', async () => {
		const checkout = await shop.order('ORDER-1');
		const customer = await customers.open();

		const seen = await customer.visit(
			`${checkout.notificationUrl('ORDER-1')}&status=success&external_id=ORDER-1&amount_paid=115`,
		);

		expect(seen).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
		expect(seen.text).not.toMatch(/paid/i);
		expect(await checkout.status()).toBe('waiting');
	});

	test('for an invoice that it does not wait for is told nothing about that', async () => {
		const checkout = await shop.order('ORDER-1');
		await bench.issue({ external_id: 'ELSE' });
		bench.simulator.control.payInvoice('ELSE');
		const asked = bench.simulator.control.requests().length;

		const seen = await (
			await customers.open()
		).visit(`${checkout.notificationUrl('ORDER-1')}&status=success&external_id=ELSE`);

		expect(seen).toMatchObject({ status: 200, heading: 'Not confirmed yet' });
		expect(bench.simulator.control.requests()).toHaveLength(asked);
		expect(await checkout.status()).toBe('waiting');
	});
});

describe('a customer who returns to a RsomPay Trigger', () => {
	let withTrigger: Shop;
	let trigger: Hook;
	beforeAll(async () => {
		trigger = await bench.publish({ parameters: { events: ['customer.returned'] } });
		withTrigger = await openShop({ create: { returnTo: 'url', returnUrl: trigger.url } });
	});

	test.each(OUTCOMES)(
		'%s: it goes on with the callback, and the payment',
		async (_what, buttons, status, payment) => {
			const checkout = await withTrigger.order('ORDER-1');

			await press(checkout, buttons);

			const [item] = await checkout.outcome();
			expect(item).toMatchObject({ external_id: 'ORDER-1', status, settled: true, payment });
		},
	);
});

test('the customer and the callback arrive at once: both are answered, and nothing is done twice', async () => {
	const { control } = bench.simulator;
	control.configure({ events: ['payment.completed'], retryDelaysMs: [] });
	// It waits again right after that: for n8n it is then what it was before.
	const again = await openShop({
		more: [
			{
				...actionNode({ ...CREATE, externalId: '={{ $json.order }}-AGAIN' }),
				name: 'Create again',
			},
			{ ...actionNode(WAIT_FOR_IT), name: 'Wait again' },
		],
	});

	for (const order of ['ORDER-1', 'ORDER-2', 'ORDER-3', 'ORDER-4', 'ORDER-5']) {
		const checkout = await again.order(order);
		// The webhooks go out as soon as the redirect has.
		const { headers } = await axios.post(
			checkout.paymentUrl(order),
			new URLSearchParams({ action: 'card' }),
			{ proxy: false, maxRedirects: 0, validateStatus: (status) => status === 303 },
		);
		const answer = await axios.get<string>(String(headers.location), {
			proxy: false,
			validateStatus: () => true,
		});
		await control.settleDeliveries();

		// Whoever comes second is not needed any more: n8n itself says so with 409.
		const callback = control.deliveries().at(-1);
		expect([answer.status, callback?.status]).toContain(200);
		expect([200, 409]).toContain(answer.status);
		expect([200, 409, 503]).toContain(callback?.status);
		if (answer.status === 200) expect(answer.data).toContain('<h1>Paid</h1>');

		await until('the second invoice', () =>
			control.invoices().find(({ external_id }) => external_id === `${order}-AGAIN`),
		);
		await until('the execution to wait again', async () =>
			(await checkout.status()) === 'waiting' ? true : undefined,
		);
		control.payInvoice(`${order}-AGAIN`);
		expect(await checkout.outcome()).toMatchObject([{ external_id: order, status: 'paid' }]);
	}
	expect(control.invoices()).toHaveLength(10);
});

describe('a callback', () => {
	const FORGED = { secret: 'rsom-secret-of-somebody-else' };

	test('that is forged gets 401, without the token it gets that from n8n, and it waits on', async () => {
		const checkout = await shop.order('ORDER-1');
		const event = eventAbout('ORDER-1');
		bench.simulator.control.configure({ events: ['payment.completed'] });
		const url = new URL(checkout.notificationUrl('ORDER-1'));
		const warnings = bench.n8n.warnings().length;

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
		expect(bench.n8n.warnings().slice(warnings)).toStrictEqual([
			'RsomPay answered a webhook with 401. The webhook could not be verified: wrong signature',
			'RsomPay answered a webhook with 401. The webhook could not be verified: missing signature',
		]);
		bench.simulator.control.payInvoice('ORDER-1');
		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	});

	test('that is ahead of Get by Reference is asked to come again, and it waits on', async () => {
		const checkout = await shop.order('ORDER-1');

		const answer = await checkout.callBack(eventAbout('ORDER-1'));

		expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
		expect(await checkout.status()).toBe('waiting');
	});

	test('while RsomPay does not tell is asked to come again, and then it goes on', async () => {
		const checkout = await shop.order('ORDER-1');
		const { control } = bench.simulator;
		control.configure({ events: ['payment.completed'], retryDelaysMs: [300] });
		control.injectFault({ kind: 'status', status: 500, match: { method: 'GET', times: 1 } });

		control.payInvoice('ORDER-1');

		expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
		expect(control.deliveries()).toMatchObject([{ status: 503 }, { status: 200 }]);
	});

	test('about another invoice changes nothing', async () => {
		const checkout = await shop.order('ORDER-1');
		const url = checkout.notificationUrl('ORDER-1');

		const answer = await checkout.callBack(eventAbout('ORDER-2'), { url });

		expect(answer).toMatchObject({ status: 200, body: containing('not waited for') });
		expect(await checkout.status()).toBe('waiting');
	});

	test('of a failed payment is waited over, unless that counts', async () => {
		const { control } = bench.simulator;
		control.configure({ events: ['payment.failed'] });
		const failed = { payment_method: 'card', status: 'failed' };
		const checkout = await shop.order('ORDER-1');
		const lessPatient = await (await openShop({ wait: { failedCounts: true } })).order('ORDER-2');

		control.failInvoice('ORDER-1');
		control.failInvoice('ORDER-2');
		await control.settleDeliveries();

		expect(control.deliveries()).toMatchObject([{ status: 200 }, { status: 200 }]);
		expect(await checkout.status()).toBe('waiting');
		expect(await lessPatient.outcome()).toMatchObject([
			{ external_id: 'ORDER-2', status: 'failed', settled: true, payment: failed },
		]);
	});

	test('that comes again when it has gone on is refused by n8n, and nothing runs twice', async () => {
		const checkout = await shop.order('ORDER-1');
		const { control } = bench.simulator;
		control.configure({ events: ['payment.completed'] });
		control.payInvoice('ORDER-1');
		await checkout.outcome();

		const eventId = control.deliveries()[0]?.event_id ?? '';
		expect(await control.repeatDelivery(eventId)).toBe(409);
		await checkout.outcome();
	});
});

describe('several invoices', () => {
	test('are all waited for: an early callback is answered with 200', async () => {
		const checkout = await shop.order('ORDER-1', 'ORDER-2', 'ORDER-3');
		const { control } = bench.simulator;
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

	test('that are paid at the same moment come out once', async () => {
		const { control } = bench.simulator;
		control.configure({ events: ['payment.completed'], retryDelaysMs: [] });
		const checkout = await shop.order('ORDER-1', 'ORDER-2');

		control.payInvoice('ORDER-1');
		control.payInvoice('ORDER-2');
		await control.settleDeliveries();

		expect(control.deliveries().map(({ status }) => status)).toContain(200);
		const settled = { status: 'paid', settled: true };
		expect(await checkout.outcome()).toMatchObject([settled, settled]);
	});

	test('that have settled before are not waited for', async () => {
		const { control } = bench.simulator;
		await bench.issue({ external_id: 'PAID-BEFORE' });
		control.payInvoice('PAID-BEFORE');
		const id = await bench.n8n.api.importWorkflow(
			chain(
				...manualStart([{ external_id: 'PAID-BEFORE' }, { external_id: 'PAID-BEFORE' }]),
				actionNode(WAIT_FOR_IT),
			),
			[bench.credential],
		);

		const { status, nodes } = await bench.n8n.api.runManually(id, 'Manual Trigger');

		const settled = { external_id: 'PAID-BEFORE', status: 'paid', settled: true, payment: null };
		expect(status).toBe('success');
		expect(itemsOf(nodes.RsomPay)).toMatchObject([settled, settled]);
	});
});

test('in the editor it waits as well', async () => {
	const { api } = bench.n8n;
	const { control } = bench.simulator;
	const orders = manualStart([{ id: 'ORDER-1' }]).map((node) =>
		node.name === 'Items' ? { ...node, name: 'Orders' } : node,
	);
	const id = await api.importWorkflow(chain(...orders, ...workflowOf()), [bench.credential]);

	const run = api.runManually(id, 'Manual Trigger');
	const waiting = await until('the execution to wait', async () =>
		(await api.executions(id)).find(({ status }) => status === 'waiting'),
	);
	expect(waiting.mode).toBe('manual');
	control.payInvoice('ORDER-1');

	const { status, nodes } = await run;
	expect(status).toBe('success');
	expect(itemsOf(nodes[WAIT])).toMatchObject([paid('ORDER-1', CARD)]);
});

describe('by asking', () => {
	const run = async (wait: Record<string, unknown>): Promise<Execution> =>
		await bench.run({ ...WAIT_FOR_IT, reference: 'ORDER-1', waitMode: 'asking', ...wait });

	test('it goes on when the invoice is paid, without a callback', async () => {
		const { control } = bench.simulator;
		await bench.issue({ external_id: 'ORDER-1' });
		control.onRequest(() => {
			// Paid before the third time that it asks.
			if (control.requests().length === 4) control.payInvoice('ORDER-1');
		});

		const { status, nodes } = await run({ waitAmount: 30, waitUnit: 'seconds' });

		expect(status).toBe('success');
		expect(itemsOf(nodes.RsomPay)).toMatchObject([
			{ external_id: 'ORDER-1', status: 'paid', settled: true, payment: null },
		]);
		expect(control.requests()).toHaveLength(4);
	});

	test('it gives up at the limit, and tells', async () => {
		await bench.issue({ external_id: 'ORDER-1' });

		const { status, nodes } = await run({ waitAmount: 2, waitUnit: 'seconds' });

		expect(status).toBe('success');
		expect(itemsOf(nodes.RsomPay)).toMatchObject([
			{ external_id: 'ORDER-1', status: 'issued', settled: false, payment: null },
		]);
		expect(nodes.RsomPay?.[0]?.executionTimeMs).toBeGreaterThanOrEqual(2_000);
	});
});

describe("as a tool of n8n's AI Agent", () => {
	const ask = async (wait: Record<string, unknown>) => {
		const reference = "={{ $fromAI('reference', 'The order number', 'string') }}";
		const tool = actionNode({ ...WAIT_FOR_IT, reference, ...wait });
		return await askAgent(bench.n8n, tool, bench.credential, { reference: 'ORDER-1' });
	};

	test('it waits by asking', async () => {
		const { control } = bench.simulator;
		await bench.issue({ external_id: 'ORDER-1' });
		control.onRequest(() => {
			if (control.requests().length === 3) control.payInvoice('ORDER-1');
		});

		const said = await ask({ waitMode: 'asking', waitAmount: 30, waitUnit: 'seconds' });

		expect(said).toContain('"status":"paid"');
		expect(said).toContain('"settled":true');
	});

	test('it cannot wait for a callback, and says so', async () => {
		await bench.issue({ external_id: 'ORDER-1' });

		const said = await ask({});

		expect(said).toContain("'Resume' must be 'By Polling' in a tool of an AI Agent");
	});
});

test('what is not paid within the limit comes out as it stands', async () => {
	const { checkout, simulator } = abandoned;
	await (await customers.open()).visit(checkout.paymentUrl('ABANDONED'));

	const items = await checkout.outcome(120_000);

	expect(items).toMatchObject([
		paid('PAID-EARLY', TAMARA),
		{ external_id: 'ABANDONED', status: 'issued', settled: false, payment: null },
	]);
	expect(simulator.control.deliveries()).toMatchObject([{ status: 200 }, { status: 200 }]);
});

test('n8n is killed while it waits and while RsomPay calls back: the retry lets it go on', async () => {
	const { control } = bench.simulator;
	const checkout = await shop.order('ORDER-1');
	const double = await shop.order('ORDER-2', 'ORDER-3');
	control.payInvoice('ORDER-2');
	await control.settleDeliveries();
	const customer = await customers.open();
	await customer.visit(checkout.paymentUrl('ORDER-1'));
	control.configure({
		events: ['payment.completed'],
		retryDelaysMs: Array.from({ length: 200 }, () => 300),
	});

	await bench.n8n.kill();
	control.payInvoice('ORDER-1');
	control.payInvoice('ORDER-3', { method: 'tamara' });
	await until('the callbacks to fail', () =>
		control.deliveries().filter(({ error }) => error?.includes('ECONNREFUSED')).length > 3
			? true
			: undefined,
	);
	await bench.n8n.restart();
	await control.settleDeliveries({ timeoutMs: 60_000 });

	expect(await checkout.outcome()).toMatchObject([paid('ORDER-1', CARD)]);
	// n8n stores nothing of a callback that does not let the execution go on.
	expect(await double.outcome()).toMatchObject([paid('ORDER-2', null), paid('ORDER-3', TAMARA)]);
});

testThatSecretsStaySecret(bench);
