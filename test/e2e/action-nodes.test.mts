import {
	type Credential,
	type Execution,
	itemsOf,
	type WorkflowJson,
} from '../../harness/n8n/api.mts';
import { chain, node } from '../../harness/workflows.mts';
import type { ReceivedRequest } from '../../simulator/index.mts';
import { askAgent } from './harness/agent.mts';
import { moyasarNode, useMoyasar } from './harness/moyasar.mts';
import { containing, testThatSecretsStaySecret, useTestBed } from './harness/testBed.mts';
import { actionNode, manualStart } from './harness/workflows.mts';

const testBed = useTestBed();
const moyasar = useMoyasar(testBed);

/** n8n tries for 15 s to publish a workflow: it begins before the tests and is checked last. */
let publication: Promise<string>;
beforeAll(async () => {
	const credential = await moyasar.createCredential({ secretKey: moyasar.keys.publishable });
	const { id } = await moyasar.import({}, credential);
	publication = testBed.n8n.api.publish(id).then(
		() => 'published',
		(error: unknown) => String(error),
	);
});

const GET = { resource: 'invoice', operation: 'get', reference: 'INV-PARTNER-001' };

const CREATE = {
	resource: 'invoice',
	operation: 'create',
	externalId: 'ORDER-0',
	customerId: 'CUST-9',
	customerFullName: 'Ahmed Ali',
	lineItemsMode: 'fields',
	lineItems: { item: [{ description: 'Service fee', unitPrice: 100, taxRate: 15 }] },
	notificationUrl: 'https://partner.example.com/webhooks/rsom',
	returnUrl: 'https://partner.example.com/payment/return',
};

const requests = (): ReceivedRequest[] => testBed.simulator.control.requests();

describe('an error of RsomPay is stored in the execution', () => {
	test('401: the message and what to do', async () => {
		const credential = await testBed.createCredential({ apiToken: 'rsom-token-unknown' });

		const { status, error } = await testBed.run(GET, { credential });

		expect(status).toBe('error');
		expect(error).toMatchObject({
			message: 'RsomPay did not accept the API token [Item 0]',
			description: containing('Check the API Token in the credential'),
		});
		expect(requests()).toHaveLength(1);
	});

	test('422: every field, in Arabic', async () => {
		testBed.simulator.control.configure({ language: 'ar', allowPrivateUrls: false });

		const { error } = await testBed.run({
			...CREATE,
			notificationUrl: 'http://127.0.0.1/hook',
			returnUrl: 'https://localhost/return',
		});

		expect(error?.message).toBe(
			'RsomPay could not take the invoice "ORDER-0": notification_url: يجب أن يبدأ رابط حقل notification_url بـ https.; return_url: يجب أن يكون رابط حقل return_url متاحًا على الإنترنت. [Item 0]',
		);
		expect(requests()).toHaveLength(1);
	});
});

describe('the RsomPay credential', () => {
	const testWith = async (changes: Record<string, string>) =>
		await testBed.n8n.api.testCredential(testBed.credential, testBed.credentialData(changes));

	test('passes its test', async () => {
		expect(await testWith({})).toStrictEqual({
			status: 'OK',
			message: 'Connection successful, with a signing secret',
		});
		expect(await testWith({ signingSecret: '' })).toStrictEqual({
			status: 'OK',
			message:
				'Connection successful, without a signing secret: the RsomPay Trigger and Wait for Payment need one',
		});
	});

	test('fails its test with an unknown token', async () => {
		expect(await testWith({ apiToken: 'rsom-token-unknown' })).toStrictEqual({
			status: 'Error',
			message:
				'RsomPay did not accept the API token. Check the API Token in the credential, and that it belongs to the environment chosen there. RsomPay said: Unauthenticated.',
		});
	});

	test("authenticates the requests of n8n's HTTP Request node", async () => {
		const httpRequest = node(
			'HTTP Request',
			'n8n-nodes-base.httpRequest',
			{
				url: `${testBed.simulator.apiBaseUrl}/transactions`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'rsomPayApi',
				sendQuery: true,
				queryParameters: { parameters: [{ name: 'customer_id', value: 'CUST-9' }] },
				options: {},
			},
			{ typeVersion: 4.2, credentials: { rsomPayApi: { id: null, name: '' } } },
		);

		const { status } = await run(chain(...manualStart(), httpRequest), testBed.credential);

		expect(status).toBe('success');
		expect(requests()).toMatchObject([{ method: 'GET', authorized: true, status: 200 }]);
	});

	async function run(workflow: WorkflowJson, credential: Credential): Promise<Execution> {
		const { api } = testBed.n8n;
		const id = await api.importWorkflow(workflow, [credential]);
		return await api.runManually(id, 'Manual Trigger');
	}
});

test('Return All is complete while payments are made, with the requests of a quiet list', async () => {
	const { control } = moyasar;
	control.seedPayments({ count: 3_980, metadata: { customer_id: 'CUST-9' } });
	control.configure({ latencyMs: 50 });
	const before = control.payments().map(({ id }) => id);
	const list = moyasarNode({
		resource: 'payment',
		operation: 'getAll',
		returnAll: true,
		options: { concurrency: 2 },
	});
	const id = await testBed.n8n.api.importWorkflow(chain(...manualStart(), list), [
		moyasar.credential,
	]);
	const timer = setInterval(() => control.addPayment(), 500);
	const { status, nodes } = await testBed.n8n.api
		.runManually(id, 'Manual Trigger')
		.finally(() => clearInterval(timer));

	expect(status).toBe('success');
	const found = itemsOf(nodes.Moyasar).map((payment) => payment.id);
	expect(found.slice(-before.length)).toStrictEqual(before);
	expect(control.payments().length).toBeGreaterThan(found.length);
	expect(control.requests().length).toBe(100);
});

describe('the Moyasar credential', () => {
	const testWith = async (changes: Record<string, string> = {}) =>
		await testBed.n8n.api.testCredential(moyasar.credential, moyasar.credentialData(changes));

	test('passes its test', async () => {
		expect(await testWith()).toStrictEqual({ status: 'OK', message: 'Connection successful' });
	});

	test('fails its test with an unknown key', async () => {
		expect(await testWith({ secretKey: 'sk_test_unknown' })).toStrictEqual({
			status: 'Error',
			message: containing('Moyasar did not accept the secret key. Check the Secret Key'),
		});
	});
});

describe("as a tool of n8n's AI Agent", () => {
	test('RsomPay finds out that an invoice is paid', async () => {
		await testBed.issue({ external_id: 'ORDER-0' });
		testBed.simulator.control.payInvoice('ORDER-0');
		const tool = actionNode({
			...GET,
			reference: "={{ $fromAI('reference', 'The order number', 'string') }}",
		});

		const answer = await askAgent(testBed.n8n, tool, testBed.credential, { reference: 'ORDER-0' });

		expect(answer).toContain('"external_id":"ORDER-0"');
		expect(answer).toContain('"status":"paid"');
	});

	test('Moyasar finds out that a payment is paid', async () => {
		const { id } = moyasar.control.addPayment({ metadata: { customer_id: 'CUST-9' } });
		const tool = moyasarNode({
			resource: 'payment',
			operation: 'get',
			paymentId: "={{ $fromAI('id', 'The payment', 'string') }}",
		});

		const answer = await askAgent(testBed.n8n, tool, moyasar.credential, { id });

		expect(answer).toContain(`"id":"${id}"`);
		expect(answer).toContain('"status":"paid"');
	});
});

test('a Moyasar credential with a publishable key prevents the publication of a trigger', async () => {
	expect(await publication).toContain(
		'is a publishable key (pk_…), which cannot list payments: take the secret key (sk_…) from the Moyasar dashboard',
	);
});

testThatSecretsStaySecret(testBed);
