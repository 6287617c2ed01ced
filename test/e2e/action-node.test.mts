import type { Credential, Execution, WorkflowJson } from '../../harness/n8n/api.mts';
import type { Fault, ReceivedRequest } from '../../simulator/index.mts';
import { askAgent } from './harness/agent.mts';
import { containing, itemsOf, testThatSecretsStaySecret, useBench } from './harness/bench.mts';
import {
	actionNode,
	chain,
	link,
	manualStart,
	node,
	type NodeJson,
	setNode,
} from './harness/workflows.mts';

const bench = useBench();

const GET = { resource: 'invoice', operation: 'get', reference: 'INV-PARTNER-001' };

/** Creates an invoice of what the items of "Items" say. */
const CREATE = {
	resource: 'invoice',
	operation: 'create',
	externalId: '={{ $json.id }}',
	customerId: 'CUST-9',
	customerFullName: '={{ $json.name }}',
	lineItemsMode: 'fields',
	lineItems: {
		item: [{ description: 'Service fee', unitPrice: '={{ $json.price }}', taxRate: 15 }],
	},
	notificationUrl: 'https://partner.example.com/webhooks/rsom',
	returnUrl: '={{ $json.returnUrl }}',
};

interface Order extends Record<string, unknown> {
	id: string;
	place: number;
	name: string;
	price: number | string;
	returnUrl: string;
}

const ordersOf = (count: number): Order[] =>
	Array.from({ length: count }, (_, place) => ({
		id: `ORDER-${place}`,
		place,
		name: 'Ahmed Ali',
		price: 100,
		returnUrl: 'https://partner.example.com/payment/return',
	}));

const requests = (): ReceivedRequest[] => bench.simulator.control.requests();

const created = () => bench.simulator.control.invoices().map(({ external_id }) => external_id);

const inject = (fault: Fault) => bench.simulator.control.injectFault(fault);

/** Runs a workflow by hand, from "Manual Trigger". */
async function run(workflow: WorkflowJson, ...credentials: Credential[]): Promise<Execution> {
	const { api } = bench.n8n;
	const id = await api.importWorkflow(workflow, credentials);
	return await api.runManually(id, 'Manual Trigger');
}

/** Runs a RsomPay node over orders. */
const runNode = async (
	parameters: Record<string, unknown>,
	{
		orders = ordersOf(1),
		credential = bench.credential,
	}: { orders?: Order[]; credential?: Credential } = {},
): Promise<Execution> =>
	await run(chain(...manualStart(orders), actionNode(parameters)), credential);

describe('when RsomPay says no, the execution says what happened and what to do', () => {
	test('401: the token is not known', async () => {
		const credential = await bench.createCredential({ apiToken: 'rsom-token-unknown' });

		const { status, error } = await runNode(GET, { credential });

		expect(status).toBe('error');
		expect(error).toMatchObject({
			message: 'RsomPay did not accept the API token [Item 0]',
			description: containing('Check the API Token in the credential'),
		});
		expect(requests()).toHaveLength(1);
	});

	test.each(['wrongType', 'suspended'] as const)('403: the token is %s', async (kind) => {
		const credential = await bench.createCredential({ apiToken: bench.simulator.tokens[kind] });

		const { error } = await runNode(GET, { credential });

		expect(error).toMatchObject({
			message: 'RsomPay does not allow this API token to do this [Item 0]',
			description: containing('client-external-api'),
		});
		expect(requests()).toHaveLength(1);
	});

	test('404: there is no such invoice', async () => {
		const { error } = await runNode(GET);

		expect(error?.message).toBe('RsomPay could not find the invoice "INV-PARTNER-001" [Item 0]');
		expect(requests()).toHaveLength(1);
	});

	test('422: every field, in the Arabic that RsomPay answered in', async () => {
		bench.simulator.control.configure({ language: 'ar', allowPrivateUrls: false });
		const order = { ...ordersOf(1)[0], returnUrl: 'https://localhost/return' } as Order;

		const { error } = await runNode(
			{ ...CREATE, notificationUrl: 'http://127.0.0.1/hook' },
			{ orders: [order] },
		);

		expect(error?.message).toBe(
			'RsomPay could not take the invoice "ORDER-0": notification_url: يجب أن يبدأ رابط حقل notification_url بـ https.; return_url: يجب أن يكون رابط حقل return_url متاحًا على الإنترنت. [Item 0]',
		);
		expect(requests()).toHaveLength(1);
	});

	test('429: too many requests, after three more tries', async () => {
		inject({ kind: 'status', status: 429, retryAfter: 0.2 });

		const { error } = await runNode(GET);

		expect(error).toMatchObject({
			message: 'RsomPay is receiving too many requests [Item 0]',
			description: containing('Retry-After: 0.2'),
		});
		expect(requests()).toHaveLength(4);
	});

	test('500: a fault on the side of RsomPay, after three more tries', async () => {
		inject({ kind: 'status', status: 500 });

		const { error } = await runNode(GET);

		expect(error?.message).toBe(
			'RsomPay could not answer because of a fault on its side (HTTP 500) [Item 0]',
		);
		expect(requests()).toHaveLength(4);
	});

	test('no answer at all, after three more tries', async () => {
		inject({ kind: 'drop' });

		const { error } = await runNode(GET);

		expect(error).toMatchObject({
			message: 'RsomPay did not answer [Item 0]',
			description: containing('The connection was closed before an answer came'),
		});
		expect(requests()).toHaveLength(4);
	});

	test('bad input: nothing is sent, and all that is wrong is told at once', async () => {
		const order = { ...ordersOf(1)[0], name: '', price: 'a lot' } as Order;

		const { error } = await runNode(CREATE, { orders: [order] });

		expect(error?.message).toBe(
			`'Customer Full Name' is empty; 'Unit Price' of line 1 must be a number such as 100.10, not "a lot" [Item 0]`,
		);
		expect(requests()).toStrictEqual([]);
	});
});

describe('what passes is tried again', () => {
	test('after a 429 not before the time that RsomPay asked for', async () => {
		inject({ kind: 'status', status: 429, retryAfter: 1, match: { times: 1 } });

		const { status } = await runNode(CREATE);

		expect(status).toBe('success');
		const [refused, repeated] = requests();
		expect(requests()).toHaveLength(2);
		expect((repeated?.receivedAt ?? 0) - (refused?.answeredAt ?? 0)).toBeGreaterThanOrEqual(995);
	});

	test('after an answer was lost on the way there is still one invoice', async () => {
		inject({ kind: 'lost-answer', match: { times: 2 } });

		const { status, nodes } = await runNode(CREATE);

		expect(status).toBe('success');
		expect(requests()).toHaveLength(3);
		expect(created()).toStrictEqual(['ORDER-0']);
		expect(itemsOf(nodes.RsomPay)).toMatchObject([
			{ external_id: 'ORDER-0', status: 'issued', totals: { grand_total: 115 } },
		]);
	});
});

describe('250 items of which three are bad', () => {
	/** One is no number, one has no name, and one is refused by RsomPay. */
	const bad = new Map([
		[17, { price: 'a lot' }],
		[101, { name: '' }],
		[249, { returnUrl: 'https://localhost/return' }],
	]);
	const orders = ordersOf(250).map((order) => ({ ...order, ...bad.get(order.place) }));
	const good = orders.filter(({ place }) => !bad.has(place));
	const lookBack = (name: string) =>
		setNode(name, {
			place: "={{ $('Items').item.json.place }}",
			id: '={{ $json.external_id }}',
			error: '={{ $json.error }}',
		});
	const badPlaces = [...bad.keys()].map((place) => ({
		place: String(place),
		error: containing(`[Item ${place}]`),
	}));

	beforeEach(() => bench.simulator.control.configure({ allowPrivateUrls: false }));
	afterEach(() => {
		expect(created().sort()).toStrictEqual(good.map(({ id }) => id).sort());
		expect(requests()).toHaveLength(248);
	});

	test('are 247 invoices and three errors in their order, and each knows its item', async () => {
		const { status, nodes } = await run(
			chain(
				...manualStart(orders),
				actionNode(CREATE, { onError: 'continueRegularOutput' }),
				lookBack('Look back'),
			),
			bench.credential,
		);

		expect(status).toBe('success');
		const seen = itemsOf(nodes['Look back']);
		expect(seen.map(({ place }) => place)).toStrictEqual(orders.map(({ place }) => String(place)));
		expect(seen.filter(({ error }) => error)).toMatchObject(badPlaces);
		expect(seen.filter(({ error }) => !error).map(({ id }) => id)).toStrictEqual(
			good.map(({ id }) => id),
		);
	});

	test('go two ways with an output for errors', async () => {
		const workflow = chain(
			...manualStart(orders),
			actionNode(CREATE, { onError: 'continueErrorOutput' }),
			lookBack('Invoices'),
		);
		workflow.nodes.push(lookBack('Errors'));
		workflow.connections.RsomPay = { main: [[link('Invoices')], [link('Errors')]] };

		const { status, nodes } = await run(workflow, bench.credential);

		expect(status).toBe('success');
		expect(itemsOf(nodes.Invoices).map(({ id, place }) => ({ id, place }))).toStrictEqual(
			good.map(({ id, place }) => ({ id, place: String(place) })),
		);
		expect(itemsOf(nodes.Errors)).toMatchObject(badPlaces);
	});
});

test('a 429 on some of 60 items holds back all, and none is sent twice that had succeeded', async () => {
	bench.simulator.control.configure({ latencyMs: 100 });
	inject({ kind: 'status', status: 429, retryAfter: 2, match: { skip: 23, times: 5 } });
	const orders = ordersOf(60);

	const { status, nodes } = await runNode(CREATE, { orders });

	expect(status).toBe('success');
	expect(itemsOf(nodes.RsomPay).map(({ external_id }) => external_id)).toStrictEqual(
		orders.map(({ id }) => id),
	);
	const succeeded = requests().filter((request) => request.status === 201);
	expect(requests()).toHaveLength(65);
	expect(new Set(succeeded.map(({ body }) => JSON.stringify(body))).size).toBe(60);
	expect(succeeded).toHaveLength(60);

	const lastRefusal = Math.max(
		...requests().map((request) => (request.status === 429 ? (request.answeredAt ?? 0) : 0)),
	);
	const held = requests().filter(({ receivedAt }) => receivedAt > lastRefusal + 1_900);
	// Not only the five that were refused, but all that had not been under way.
	expect(held.length).toBeGreaterThan(10);
});

describe('the credential', () => {
	const answer = async (changes: Record<string, string>) =>
		await bench.n8n.api.testCredential(bench.credential, bench.credentialData(changes));

	test('is tested: it works', async () => {
		expect(await answer({})).toStrictEqual({ status: 'OK', message: 'Connection successful' });
	});

	test.each([
		[
			'a token that is not known',
			{ apiToken: 'rsom-token-unknown' },
			'RsomPay did not accept the API token. Check the API Token in the credential, and that it belongs to the environment chosen there. RsomPay said: Unauthenticated.',
		],
		[
			'a token of the wrong kind',
			{ apiToken: 'rsom-token-of-a-wrong-type' },
			'RsomPay does not allow this API token to do this. It is of the wrong kind, or the account is suspended. The token must be the one named client-external-api; ask RsomPay if it is. RsomPay said: This token cannot be used with the external API.',
		],
		[
			'an address that cannot be reached',
			{ baseUrl: 'http://127.0.0.1:9/api' },
			"RsomPay could not be reached at http://127.0.0.1:9/api. Nothing listens at that address. Check the environment and this machine's connection.",
		],
	])('is tested: %s', async (_what, changes, message) => {
		expect(await answer(changes)).toStrictEqual({ status: 'Error', message });
	});

	test("signs the requests of n8n's HTTP Request node", async () => {
		const httpRequest: NodeJson = node(
			'HTTP Request',
			'n8n-nodes-base.httpRequest',
			{
				url: `${bench.simulator.apiBaseUrl}/transactions`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'rsomPayApi',
				sendQuery: true,
				queryParameters: { parameters: [{ name: 'customer_id', value: 'CUST-9' }] },
				options: {},
			},
			{ typeVersion: 4.2, credentials: { rsomPayApi: { id: null, name: '' } } },
		);

		const { status } = await run(chain(...manualStart(), httpRequest), bench.credential);

		expect(status).toBe('success');
		expect(requests()).toMatchObject([{ method: 'GET', authorized: true, status: 200 }]);
	});
});

test('Return All reads every page of a list', async () => {
	const { control } = bench.simulator;
	const transactions = control.seedTransactions({ customerId: 'CUST-9', count: 250 });

	const { nodes } = await runNode({
		resource: 'transaction',
		operation: 'getAll',
		customerId: 'CUST-9',
		returnAll: true,
	});

	expect(itemsOf(nodes.RsomPay)).toStrictEqual(transactions);
	expect(requests()).toHaveLength(3);
});

test("is a tool of n8n's AI Agent, which finds out that an invoice is paid", async () => {
	await runNode(CREATE);
	bench.simulator.control.payInvoice('ORDER-0');
	const tool = actionNode({
		...GET,
		reference: "={{ $fromAI('reference', 'The order number', 'string') }}",
	});

	const said = await askAgent(bench.n8n, tool, bench.credential, { reference: 'ORDER-0' });

	expect(said).toContain('"external_id":"ORDER-0"');
	expect(said).toContain('"status":"paid"');
});

testThatSecretsStaySecret(bench);
