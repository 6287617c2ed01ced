/** Runs what users saved with version 0.1.0: its example workflows, and what it stored in n8n. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runCheckout } from '../../harness/checkout.mts';
import { openPage, submitForm } from '../../harness/browser.mts';
import {
	changeNode,
	createTable,
	fillInSettings,
	formValues,
	productionUrl,
} from '../../harness/examples.mts';
import {
	type Execution,
	itemsOf,
	type NodeRun,
	type WorkflowJson,
	workflowSchema,
} from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { buildEvent, type Invoice } from '../../simulator/index.mts';
import { paymentCompleted } from './harness/events.mts';
import { useMail } from './harness/mail.mts';
import { type PollingWorkflow, useMoyasar } from './harness/moyasar.mts';
import { useUnpublishing } from './harness/published.mts';
import { insertRow, storeStaticData, workflowVersion } from './harness/storage.mts';
import { testThatSecretsStaySecret, type TriggerWorkflow, useTestBed } from './harness/testBed.mts';
import { setNode } from './harness/workflows.mts';

const testBed = useTestBed();
const moyasar = useMoyasar(testBed);
const mail = useMail(testBed);

/** Made with commit 75c212b. The node types of Moyasar name its package of today. */
const SAVED = join(import.meta.dirname, 'saved/75c212b');

const readSaved = async <T,>(name: string, schema: z.ZodType<T, z.ZodTypeDef, unknown>) =>
	schema.parse(JSON.parse(await readFile(join(SAVED, `${name}.json`), 'utf8')));

const readWorkflow = async (name: string) => await readSaved(name, workflowSchema);

const deliver = async (url: string, invoice: Invoice) => {
	const payload = buildEvent({
		event: 'payment.completed',
		eventId: randomUUID(),
		occurredAt: new Date(),
		invoice,
		payment: paymentCompleted().payment,
	});
	return (await testBed.simulator.control.deliver({ url, payload })).status;
};

async function paidInvoice(externalId: string): Promise<Invoice> {
	testBed.simulator.control.configure({ events: [] });
	await testBed.issue({ external_id: externalId });
	return testBed.simulator.control.payInvoice(externalId);
}

describe('the example workflows', () => {
	const unpublishLater = useUnpublishing(testBed);

	const importAll = async (workflow: WorkflowJson) =>
		await testBed.n8n.api.importWorkflow(workflow, [
			testBed.credential,
			moyasar.credential,
			mail.credential,
		]);

	async function publish(workflow: WorkflowJson): Promise<{ id: string; url: string }> {
		const id = await importAll(workflow);
		await testBed.n8n.api.publish(id);
		unpublishLater(id);
		return { id, url: productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger') };
	}

	const tableOf = (runs: NodeRun[] | undefined) =>
		z.tuple([z.object({ id: z.string() })]).parse(itemsOf(runs))[0].id;

	/** Waits for an execution of a workflow to succeed. */
	async function succeeded(workflowId: string, mode: string): Promise<Execution> {
		const { api } = testBed.n8n;
		const { id } = await until('the execution', async () =>
			(await api.executions(workflowId)).find((execution) => execution.mode === mode),
		);
		const execution = await api.finished(id);
		expect(execution).toMatchObject({ status: 'success', error: undefined });
		return execution;
	}

	test('checkout in one workflow: from the form to the receipt', async () => {
		const { n8n, simulator } = testBed;
		const workflow = await readWorkflow('checkout-in-one-workflow');
		const id = await importAll(workflow);
		await n8n.api.publish(id);
		unpublishLater(id);
		const formUrl = productionUrl(n8n.url, workflow, 'Invoice form');

		const checkout = await runCheckout(
			{ n8n, mail: mail.server },
			{ id, formUrl },
			async (_title, work) => await work(() => undefined),
		);

		expect(simulator.control.invoices()).toMatchObject([{ ...checkout.invoice, status: 'paid' }]);
		expect(checkout.resultPage).toBe('Paid');
		expect(checkout.receipt.text).toContain('115.12 SAR');
	});

	test('create an invoice and e-mail its link: creates it from the form', async () => {
		const { n8n, simulator } = testBed;
		const workflow = fillInSettings(await readWorkflow('create-invoice-and-email-link'), {
			notification_url: 'https://partner.example.com/webhooks/rsom',
			return_url: 'https://partner.example.com/payment/return',
		});
		const id = await importAll(workflow);
		await n8n.api.publish(id);
		unpublishLater(id);

		await submitForm(productionUrl(n8n.url, workflow, 'Invoice form'), formValues);

		const [invoice] = simulator.control.invoices();
		const link = await mail.server.waitForMail(
			({ subject }) => subject === `Your invoice ${invoice?.reference_number ?? ''}`,
		);
		expect(link.text).toContain(invoice?.payment_url);
	});

	test('e-mail on payment completed: sends the e-mail', async () => {
		const { id, url } = await publish(await readWorkflow('email-on-payment-completed'));
		const invoice = await paidInvoice('SAVED-EMAIL');

		expect(await deliver(url, invoice)).toBe(200);

		await succeeded(id, 'webhook');
		await mail.server.waitForMail(
			({ subject }) => subject === `Paid: invoice ${invoice.reference_number}`,
		);
	});

	test('sync paid invoices to a data table: adds the row', async () => {
		const { api } = testBed.n8n;
		const { id, url } = await publish(await readWorkflow('sync-paid-invoices-to-data-table'));
		const tableId = await createTable(api, id);
		const invoice = await paidInvoice('SAVED-ROW');

		expect(await deliver(url, invoice)).toBe(200);

		await succeeded(id, 'webhook');
		expect(await api.dataTableRows(tableId)).toMatchObject([
			{ external_id: 'SAVED-ROW', status: 'paid', amount: 103.5 },
		]);
	});

	test('sync paid invoices to Google Sheets: outputs the row', async () => {
		const example = await readWorkflow('sync-paid-invoices-to-google-sheets');
		// No Google account is available, so a Set node replaces the Google Sheets node.
		const workflow = changeNode(example, 'Add or update the row', ({ id, name }) => ({
			...setNode(name, { status: '={{ $json.status }}' }),
			id,
		}));
		const { id, url } = await publish(workflow);

		expect(await deliver(url, await paidInvoice('SAVED-SHEET'))).toBe(200);

		const { nodes } = await succeeded(id, 'webhook');
		expect(itemsOf(nodes['Add or update the row'])).toStrictEqual([{ status: 'paid' }]);
	});

	test('return page with fulfilment: shows the page and fulfils the order', async () => {
		const { id, url } = await publish(await readWorkflow('return-page-with-fulfilment'));
		await createTable(testBed.n8n.api, id);
		const invoice = await paidInvoice('SAVED-RETURN');

		expect(await openPage(`${url}?status=success&external_id=SAVED-RETURN`)).toBe('Paid');

		await succeeded(id, 'webhook');
		await mail.server.waitForMail(
			({ subject }) => subject === `Please deliver: invoice ${invoice.reference_number}`,
		);
	});

	test("list yesterday's paid payments: adds the row", async () => {
		const { api } = testBed.n8n;
		const example = await readWorkflow('list-yesterdays-paid-payments');
		const id = await importAll({ ...example, settings: { ...example.settings, timezone: 'UTC' } });
		const createdAt = new Date(Date.now() - 24 * 3_600_000);
		moyasar.control.addPayment({ id: 'yesterday', status: 'paid', createdAt });

		const { status, nodes } = await api.runManually(id, 'Every morning');

		expect(status).toBe('success');
		expect(await api.dataTableRows(tableOf(nodes['Make the table']))).toMatchObject([
			{ payment_id: 'yesterday', status: 'paid' },
		]);
	});

	test('reconcile RsomPay with Moyasar: matches a payment', async () => {
		const id = await importAll(
			fillInSettings(await readWorkflow('reconcile-rsompay-with-moyasar'), {
				customer_id: 'CUST-9',
			}),
		);
		testBed.simulator.control.addTransaction('CUST-9', {
			invoice_external_id: 'SAVED-MATCH',
			amount: 103.5,
		});
		moyasar.control.addPayment({
			amount: 10350,
			metadata: { customer_id: 'CUST-9', external_id: 'SAVED-MATCH' },
		});

		const { api } = testBed.n8n;
		const { status, nodes } = await api.runManually(id, 'Reconcile');

		expect(status).toBe('success');
		expect(await api.dataTableRows(tableOf(nodes['Make the table']))).toMatchObject([
			{ external_id: 'SAVED-MATCH', outcome: 'matched', amounts_agree: true },
		]);
	});
});

describe('what it stored in n8n', () => {
	/** IDs that no execution of this n8n has. */
	const EXECUTION_ID = 900_001;
	const DUE_EXECUTION_ID = 800_001;

	const rowSchema = z.record(z.union([z.string(), z.number(), z.null()]));
	const executionSchema = z.object({
		workflowId: z.string(),
		credentials: z.object({ rsomPayApi: z.string(), smtp: z.string() }),
		notificationUrl: z.string(),
		invoice: z.object({ external_id: z.string() }),
		entity: rowSchema.and(z.object({ waitTill: z.string() })),
		data: rowSchema.and(z.object({ data: z.string(), workflowData: z.string() })),
	});
	const dedupeSchema = z.object({
		savedAt: z.number(),
		eventIds: z.array(z.string()),
		returned: z.string(),
		staticData: z.object({
			'node:RsomPay Trigger': z.object({ deliveries: z.string(), returns: z.string() }),
		}),
	});
	const cursorSchema = z.object({
		credential: z.string(),
		payments: z.array(z.object({ id: z.string(), created_at: z.string() })),
		staticData: z.object({
			'node:Moyasar Trigger': z.object({
				cursor: z.object({ newest: z.number() }).passthrough(),
			}),
		}),
	});

	let checkoutId: string;
	let trigger: TriggerWorkflow;
	let polling: PollingWorkflow;
	let execution: z.infer<typeof executionSchema>;
	let dedupe: z.infer<typeof dedupeSchema>;
	let cursor: z.infer<typeof cursorSchema>;

	beforeAll(async () => {
		const { n8n } = testBed;
		execution = await readSaved('suspended-execution', executionSchema);
		dedupe = await readSaved('rsompay-trigger-static-data', dedupeSchema);
		cursor = await readSaved('moyasar-trigger-static-data', cursorSchema);
		trigger = await testBed.publish({ parameters: { events: ['*', 'customer.returned'] } });
		polling = await moyasar.import();
		await n8n.api.publish(polling.id);
		const checkout = await readWorkflow('checkout-in-one-workflow');
		checkoutId = await n8n.api.importWorkflow(checkout, [testBed.credential, mail.credential]);
		await n8n.kill();
		// The payments of the tests above are newer than the cursor.
		moyasar.control.reset();
		storeStaticData(n8n, trigger.id, JSON.stringify(dedupe.staticData, retimed));
		storeStaticData(n8n, polling.id, withCredential(JSON.stringify(cursor.staticData)));
		insertExecution(EXECUTION_ID, 24 * 3_600_000);
		await n8n.restart();
	}, 240_000);
	afterAll(async () => await testBed.n8n.api.unpublish(polling.id));

	/**
	 * Moves the times of the dedupe entries from when they were saved to now: they are kept for 72
	 * hours. An entry is a key of 16 characters and a time in seconds, in base 36.
	 */
	function retimed(name: string, value: unknown): unknown {
		if (name !== 'deliveries' && name !== 'returns') return value;
		const ageSeconds = Math.floor((Date.now() - dedupe.savedAt) / 1000);
		return String(value).replace(
			/([\w-]{16})(\w+) /g,
			(_entry, key: string, at: string) => `${key}${(parseInt(at, 36) + ageSeconds).toString(36)} `,
		);
	}

	const withCredential = (staticData: string) =>
		staticData.replaceAll(cursor.credential, moyasar.credential.id);

	/**
	 * Stores the suspended execution with the IDs of this n8n, and with a new time limit.
	 * @param limitMs from now.
	 */
	function insertExecution(id: number, limitMs: number): void {
		const { n8n, credential } = testBed;
		const { entity, data, credentials } = execution;
		const workflowId = checkoutId;
		const waitTill = new Date(Date.now() + limitMs).toISOString();
		const until = Date.parse(`${entity.waitTill.replace(' ', 'T')}Z`);
		const stored = (text: string) =>
			text
				.replaceAll(execution.workflowId, workflowId)
				.replaceAll(credentials.rsomPayApi, credential.id)
				.replaceAll(credentials.smtp, mail.credential.id)
				.replaceAll(String(until), String(Date.parse(waitTill)))
				.replaceAll(new Date(until).toISOString(), waitTill);
		const workflowVersionId = workflowVersion(n8n, workflowId);
		insertRow(n8n, 'execution_entity', {
			...entity,
			id,
			workflowId,
			workflowVersionId,
			waitTill: waitTill.replace('T', ' ').replace('Z', ''),
		});
		insertRow(n8n, 'execution_data', {
			...data,
			executionId: id,
			workflowVersionId,
			data: stored(data.data),
			workflowData: stored(data.workflowData),
		});
	}

	test('a repeated event is a duplicate, a new one starts the workflow', async () => {
		const before = (await trigger.executions()).length;
		expect(dedupe.eventIds.length).toBeGreaterThan(0);
		for (const event_id of dedupe.eventIds) {
			expect(await trigger.deliver(paymentCompleted({ event_id }))).toMatchObject({
				status: 200,
				body: '{"message":"Event received before"}',
			});
		}
		expect(await trigger.executions()).toHaveLength(before);

		expect(await trigger.deliver()).toMatchObject({ status: 200 });
		await until('the execution', async () =>
			(await trigger.executions()).length > before ? true : undefined,
		);
	});

	test('a repeated return of a customer does not start the workflow', async () => {
		const before = (await trigger.executions()).length;
		await paidInvoice(dedupe.returned);
		await paidInvoice('RETURNED-NEW');

		expect(await openPage(`${trigger.url}?external_id=${dedupe.returned}`)).toBe('Paid');
		expect(await openPage(`${trigger.url}?external_id=RETURNED-NEW`)).toBe('Paid');

		const started = await trigger.started();
		expect(started.slice(before)).toMatchObject([
			{ confirmed_invoice: { external_id: 'RETURNED-NEW' } },
		]);
	});

	test('a suspended execution resumes on the callback', async () => {
		const { external_id } = execution.invoice;
		const invoice = await paidInvoice(external_id);
		const { search } = new URL(execution.notificationUrl);
		const url = `${testBed.n8n.url}/webhook-waiting/${EXECUTION_ID}${search}`;

		expect(await deliver(url, invoice)).toBe(200);

		const { status, error, nodes } = await testBed.n8n.api.finished(String(EXECUTION_ID));
		expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
		expect(itemsOf(nodes['Wait for payment'])).toMatchObject([
			{ external_id, status: 'paid', settled: true, payment: { status: 'completed' } },
		]);
		await mail.server.waitForMail(
			({ subject }) => subject === `Receipt for invoice ${invoice.reference_number}`,
		);
	});

	test('a suspended execution resumes when its time is up', async () => {
		const { n8n } = testBed;
		const { external_id } = execution.invoice;
		const { reference_number } = await testBed.issue({ external_id });
		await n8n.kill();
		insertExecution(DUE_EXECUTION_ID, 1_000);
		await n8n.restart();

		await mail.server.waitForMail(
			({ subject }) => subject === `Reminder: your invoice ${reference_number}`,
		);
		await n8n.api.suspended(String(DUE_EXECUTION_ID), 'Wait once more');
		const { nodes } = await n8n.api.execution(String(DUE_EXECUTION_ID));
		expect(itemsOf(nodes['Wait for payment'])).toMatchObject([
			{ external_id, status: 'issued', settled: false, payment: null },
		]);
	});

	test('the Moyasar Trigger continues from its cursor', async () => {
		const { newest } = cursor.staticData['node:Moyasar Trigger'].cursor;
		for (const { id, created_at } of cursor.payments) {
			moyasar.control.addPayment({ id, createdAt: new Date(created_at) });
		}
		moyasar.control.addPayment({ id: 'new', createdAt: new Date(newest + 1_000) });

		const started = await polling.startedBy(1);

		expect(started.map(({ id }) => id)).toStrictEqual(['new']);
	});
});

testThatSecretsStaySecret(testBed);
