/** The examples right after their import, and what becomes of their sample data. */
import { z } from 'zod';
import { openPage } from '../../harness/browser.mts';
import { smtpData } from '../../harness/credentials.mts';
import {
	createTable,
	exampleNames,
	fillInSettings,
	findNode,
	productionUrl,
	readExample,
	unpin,
} from '../../harness/examples.mts';
import { startMailServer } from '../../harness/mail.mts';
import { type Item, itemsOf, type WorkflowJson } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { exampleEvent } from '../../simulator/index.mts';
import { useMoyasar } from './harness/moyasar.mts';
import { useUnpublishing } from './harness/published.mts';
import { testThatSecretsStaySecret, useTestBed } from './harness/testBed.mts';

const testBed = useTestBed();
const moyasar = useMoyasar(testBed);

/** The node that starts each example, and a node at the end of its run. */
const RUNS: Record<string, [start: string, end: string]> = {
	'ai-agent-creates-invoice-after-approval': ['Chat', 'AI Agent'],
	'chase-unpaid-invoice': ['Invoice form', 'All reminders sent: stop'],
	'checkout-in-one-workflow': ['Invoice form', 'Email the receipt'],
	'create-invoice-and-email-link': ['Invoice form', 'Done'],
	'daily-report-of-paid-invoices': ['Every morning', 'Email the report'],
	'email-on-payment-completed': ['RsomPay Trigger', 'Email the good news'],
	'fulfil-once': ['When called by another workflow', 'Result'],
	'list-yesterdays-paid-payments': ['Every morning', 'Save the row'],
	'payment-link-over-whatsapp': ['Invoice form', 'Done'],
	'reconcile-rsompay-with-moyasar': ['Reconcile', 'Save the rows'],
	'return-page-with-fulfilment': ['RsomPay Trigger', 'Fulfil once'],
	'sweep-open-invoices': ['Every 15 minutes', 'Email about lost webhooks'],
	'sync-paid-invoices-to-data-table': ['RsomPay Trigger', 'Find the first row'],
	'sync-paid-invoices-to-google-sheets': ['RsomPay Trigger', 'Add or update the row'],
};

/** As after an import into an n8n that has no credentials. */
const withoutAccount = (workflow: WorkflowJson): WorkflowJson => ({
	...workflow,
	nodes: workflow.nodes.map(({ credentials = {}, ...node }) => ({
		...node,
		credentials: Object.fromEntries(
			Object.entries(credentials).map(([type, { id }]) => [type, { id, name: 'None of this n8n' }]),
		),
	})),
});

const event = () => exampleEvent({ event_id: '550e8400-e29b-41d4-a716-446655440000' });

const sampleOf = ({ pinData = {} }: WorkflowJson, name: string) =>
	(pinData[name] ?? []).map(({ json }) => json);

const fieldsSchema = z.record(z.unknown());

/** Where two values differ in the names and the types of their fields; `null` is of any type. */
function differences(a: unknown, b: unknown, path = ''): string[] {
	if (a === null || b === null) return [];
	if (Array.isArray(a) && Array.isArray(b)) {
		return a.length > 0 && b.length > 0 ? differences(a[0], b[0], `${path}[0]`) : [];
	}
	const [{ data: left }, { data: right }] = [fieldsSchema.safeParse(a), fieldsSchema.safeParse(b)];
	if (left && right) {
		return Object.keys({ ...left, ...right }).flatMap((key) =>
			key in left && key in right
				? differences(left[key], right[key], `${path}.${key}`)
				: `${path}.${key}`,
		);
	}
	return typeof a === typeof b ? [] : [path];
}

test('there is a run of each example', async () => {
	expect(Object.keys(RUNS)).toStrictEqual(await exampleNames());
});

test.each(Object.entries(RUNS))(
	'%s runs through right after its import, without an account',
	async (name, [start, end]) => {
		const { api } = testBed.n8n;
		const id = await api.importWorkflow(withoutAccount(await readExample(name)));
		if (name === 'sync-paid-invoices-to-data-table') await createTable(api, id);

		const { status, error, nodes } = await api.runManually(id, start);

		expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
		expect(nodes).toHaveProperty([end]);
		expect(testBed.simulator.control.requests()).toStrictEqual([]);
	},
);

describe('the sample of the RsomPay Trigger', () => {
	const unpublishLater = useUnpublishing(testBed);

	/** Publishes the trigger of an example alone. */
	async function publishTrigger(workflow: WorkflowJson) {
		const id = await testBed.n8n.api.importAndPublish(
			{ ...workflow, nodes: [findNode(workflow, 'RsomPay Trigger')], connections: {} },
			[testBed.credential],
		);
		unpublishLater(id);
		return id;
	}

	/** The items of the trigger in the only execution. */
	async function started(workflowId: string): Promise<Array<Item['json']>> {
		const { api } = testBed.n8n;
		const [execution] = await until('an execution', async () => {
			const executions = await api.executions(workflowId);
			return executions.length > 0 ? executions : undefined;
		});
		const { nodes } = await api.finished(execution?.id ?? '');
		return itemsOf(nodes['RsomPay Trigger']);
	}

	test('is what it outputs for such an event', async () => {
		const workflow = await readExample('email-on-payment-completed');
		const id = await publishTrigger(workflow);
		const url = productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger');

		await testBed.simulator.control.deliver({ url, payload: event() });

		expect(await started(id)).toStrictEqual(sampleOf(workflow, 'RsomPay Trigger'));
	});

	test('is what it outputs for a customer who returns', async () => {
		const workflow = await readExample('return-page-with-fulfilment');
		const id = await publishTrigger(workflow);
		const url = productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger');
		const [sample] = sampleOf(workflow, 'RsomPay Trigger');
		await testBed.issue({ external_id: 'INV-PARTNER-001' });
		testBed.simulator.control.configure({ events: [] });
		testBed.simulator.control.payInvoice('INV-PARTNER-001');

		const query = new URLSearchParams(sample?.claimed as Record<string, string>);
		expect(await openPage(`${url}?${query.toString()}`)).toBe('Paid');

		const [item] = await started(id);
		expect(item).toMatchObject({ event: sample?.event, claimed: sample?.claimed });
		expect(differences(sample, item)).toStrictEqual([]);
	});

	test('is ignored in a published workflow, like every other sample', async () => {
		const { api, url } = testBed.n8n;
		const mail = await startMailServer();
		const smtp = await api.createCredential('smtp', 'SMTP account', smtpData(mail.port));
		const workflow = await readExample('email-on-payment-completed');
		const id = await api.importAndPublish(workflow, [testBed.credential, smtp]);
		unpublishLater(id);
		testBed.simulator.control.configure({ events: [] });
		await testBed.issue({ external_id: 'ORDER-1' });
		const { external_id, reference_number, status, amount, payment_url } =
			testBed.simulator.control.payInvoice('ORDER-1');
		const payload = {
			...event(),
			invoice: { external_id, reference_number, status, amount, payment_url },
		};

		await testBed.simulator.control.deliver({
			url: productionUrl(url, workflow, 'RsomPay Trigger'),
			payload,
		});

		await mail.waitForMail(({ subject }) => subject === `Paid: invoice ${reference_number}`);
		expect(await started(id)).toStrictEqual([payload]);
		await mail.close();
	});
});

/** The nodes with an account of each example that can run here for real. */
const REAL: Record<string, string[]> = {
	'chase-unpaid-invoice': ['Create invoice', 'Get invoice'],
	'checkout-in-one-workflow': ['Create invoice'],
	'create-invoice-and-email-link': ['Create invoice'],
	'email-on-payment-completed': ['Get invoice'],
	'list-yesterdays-paid-payments': ["Yesterday's paid payments"],
	'payment-link-over-whatsapp': ['Create invoice'],
	'reconcile-rsompay-with-moyasar': ['Transactions of RsomPay', 'Payments of Moyasar'],
	'sweep-open-invoices': ['Ask RsomPay'],
	'sync-paid-invoices-to-data-table': ['Get invoice'],
	'sync-paid-invoices-to-google-sheets': ['Get invoice'],
};

test.each(Object.entries(REAL))(
	'%s: the samples of its RsomPay and Moyasar nodes look like their outputs',
	async (name, nodeNames) => {
		const { api } = testBed.n8n;
		const { control } = testBed.simulator;
		control.configure({ events: [] });
		for (const external_id of ['INV-PARTNER-001', 'INV-PARTNER-002']) {
			await testBed.issue({ external_id });
		}
		control.payInvoice('INV-PARTNER-001');
		const yesterday = new Date(Date.now() - 24 * 3_600_000);
		moyasar.control.addPayment({
			amount: 10350,
			createdAt: yesterday,
			kind: 'creditcard',
			metadata: { customer_id: 'CUST-9', external_id: 'INV-PARTNER-001' },
		});
		const example = await readExample(name);
		const usesUrls = JSON.stringify(example).includes('"notification_url"');
		const workflow = usesUrls
			? fillInSettings(example, {
					notification_url: 'https://partner.example.com/webhooks/rsom',
					return_url: 'https://partner.example.com/payment/return',
				})
			: example;
		const id = await api.importWorkflow(unpin(workflow, nodeNames), [
			testBed.credential,
			moyasar.credential,
		]);

		const { status, error, nodes } = await api.runManually(id, RUNS[name]?.[0] ?? '');

		expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
		for (const nodeName of nodeNames) {
			const [output] = itemsOf(nodes[nodeName]);
			expect(output).toBeDefined();
			expect(differences(sampleOf(example, nodeName)[0], output, nodeName)).toStrictEqual([]);
		}
	},
);

testThatSecretsStaySecret(testBed);
