import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { runMainJob } from '../../demo/mainJob.mts';
import { type PaymentButton, press, submitForm } from '../../harness/browser.mts';
import { smtpData } from '../../harness/credentials.mts';
import {
	changeNode,
	createTable,
	fillInSettings,
	formValues,
	productionUrl,
	readExample,
	unpin,
} from '../../harness/examples.mts';
import { startMailServer, type MailServer } from '../../harness/mail.mts';
import { type Execution, itemsOf, type WorkflowJson } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import {
	buildEvent,
	type EventName,
	type Invoice,
	type MoyasarPaymentChanges,
	signBody,
	type Simulator,
	startSimulator,
	type Transaction,
} from '../../simulator/index.mts';
import { useMoyasar } from './harness/moyasar.mts';
import { useMail } from './harness/mail.mts';
import { useUnpublishing } from './harness/published.mts';
import { containing, testThatSecretsStaySecret, useTestBed } from './harness/testBed.mts';
import { setNode } from './harness/workflows.mts';

const testBed = useTestBed();
const mail = useMail(testBed);
const unpublishLater = useUnpublishing(testBed);
const moyasar = useMoyasar(testBed);

const tableSchema = z.tuple([z.object({ id: z.string() })]);

/** The columns of the Google Sheets node. */
const sheetSchema = z.object({ columns: z.object({ value: z.record(z.string()) }) });

/** Imports and publishes an example, until the end of the test. */
async function publish(workflow: WorkflowJson): Promise<string> {
	const id = await testBed.n8n.api.importAndPublish(workflow, [
		testBed.credential,
		mail.credential,
	]);
	unpublishLater(id);
	return id;
}

/** Waits until a workflow has this many executions and all have finished. */
async function executionsOf(workflowId: string, count: number): Promise<Execution[]> {
	const { api } = testBed.n8n;
	const started = await until(`${count} executions`, async () => {
		const executions = await api.executions(workflowId);
		return executions.length >= count ? executions : undefined;
	});
	return await Promise.all(started.map(({ id }) => api.finished(id)));
}

/** Issues the API guide's example of an invoice; RsomPay sends no events about it. */
async function createInvoice(externalId: string): Promise<Invoice> {
	testBed.simulator.control.configure({ events: [] });
	return await testBed.issue({ external_id: externalId });
}

async function paidInvoice(externalId: string): Promise<Invoice> {
	await createInvoice(externalId);
	return testBed.simulator.control.payInvoice(externalId);
}

/** The subjects of the e-mails about an invoice, oldest first. */
const mailsAbout = ({ reference_number }: Invoice, server = mail.server) =>
	server.mails().flatMap(({ subject }) => (subject?.includes(reference_number) ? subject : []));

/** Delays RsomPay's responses until this many requests have arrived. */
function holdRequests(count: number): void {
	const { promise, resolve } = Promise.withResolvers<undefined>();
	let arrived = 0;
	testBed.simulator.control.onRequest(async () => {
		arrived += 1;
		if (arrived === count) resolve(undefined);
		await promise;
	});
}

const eventOf = (invoice: Invoice, event: EventName) =>
	buildEvent({ event, eventId: randomUUID(), occurredAt: new Date(), invoice });

const deliver = async (url: string, payload: unknown) =>
	(await testBed.simulator.control.deliver({ url, payload })).status;

/** An example that polls for 1 s instead of 30 s. */
const readShortPolling = async (name: string) =>
	changeNode(await readExample(name), 'Get invoice', (node) => ({
		...node,
		parameters: { ...node.parameters, waitAmount: 1 },
	}));

/**
 * Delivers the event of a payment before Get by Reference confirms the payment, as RsomPay does at
 * times; returns the paid invoice.
 */
async function notifyBeforePayment(externalId: string, url: string): Promise<Invoice> {
	const { control } = testBed.simulator;
	const invoice = await createInvoice(externalId);
	await deliver(url, eventOf({ ...invoice, status: 'paid' }, 'payment.completed'));
	await until(
		'RsomPay to be asked',
		() => control.requests().some(({ query }) => query.external_id === externalId) || undefined,
	);
	return control.payInvoice(externalId);
}

/** An invoice that an execution waits for. */
interface Order {
	invoice: Invoice;
	executionId: string;
	pay(button: PaymentButton): Promise<string>;
}

const readCheckout = async (wait: Record<string, unknown> = {}) =>
	changeNode(await readExample('checkout-in-one-workflow'), 'Wait for payment', (node) => ({
		...node,
		parameters: { ...node.parameters, ...wait },
	}));

/** Fills in the form, and waits until the execution is suspended. */
async function order(
	workflowId: string,
	workflow: WorkflowJson,
	{ control }: Simulator = testBed.simulator,
): Promise<Order> {
	const { api, url } = testBed.n8n;
	await submitForm(productionUrl(url, workflow, 'Invoice form'), formValues);
	const executionId = (await api.executions(workflowId)).at(-1)?.id ?? '';
	await api.suspended(executionId, 'Wait for payment');
	const invoice = control.invoices().at(-1);
	if (invoice === undefined) throw new Error('No invoice was created.');
	return { invoice, executionId, pay: (button) => press(invoice.payment_url, button) };
}

const callbacksOf = ({ invoice }: Order) =>
	testBed.simulator.control
		.deliveries()
		.filter(({ body }) => body.includes(`"${invoice.external_id}"`));

/** Waits until the execution has finished; returns also the subjects of the customer's e-mails. */
async function endOf({ executionId, invoice }: Order, server = mail.server) {
	const { status, nodes } = await testBed.n8n.api.finished(executionId, 60_000);
	return { status, nodes, mails: mailsAbout(invoice, server) };
}

/**
 * n8n resumes it after a minute: it begins before the other tests and is checked last. It has its
 * own simulator and mail server, because the others are reset before each test.
 */
let abandoned: { order: Order; mail: MailServer };
const ownServers = new AsyncDisposableStack();
beforeAll(async () => {
	const { api } = testBed.n8n;
	const simulator = await startSimulator({ webhookDelayMs: 0 });
	ownServers.defer(async () => await simulator.close());
	const server = await startMailServer();
	ownServers.defer(async () => await server.close());
	const { apiBaseUrl: baseUrl, apiToken, signingSecret } = simulator;
	const workflow = await readCheckout({ waitAmount: 1, waitUnit: 'minutes' });
	const workflowId = await api.importAndPublish(workflow, [
		await testBed.createCredential({ baseUrl, apiToken, signingSecret }),
		await api.createCredential('smtp', 'SMTP account', smtpData(server.port)),
	]);
	abandoned = { order: await order(workflowId, workflow, simulator), mail: server };
	await api.unpublish(workflowId);
});
afterAll(async () => await ownServers.disposeAsync());

test('checkout in one workflow: resumes with the retry of a callback that failed because n8n was killed', async () => {
	const { n8n, simulator } = testBed;
	// RsomPay retries only when the test says so, after the restart.
	simulator.control.configure({ retryDelaysMs: [] });
	const workflow = await readCheckout();
	const workflowId = await publish(workflow);
	const byCard = await order(workflowId, workflow);
	const byTamara = await order(workflowId, workflow);
	const canceled = await order(workflowId, workflow);
	const triedAgain = await order(workflowId, workflow);
	const all = [byCard, byTamara, canceled, triedAgain];
	await triedAgain.pay('fail');
	await simulator.control.settleDeliveries();
	expect(callbacksOf(triedAgain).map(({ status }) => status)).toStrictEqual([200, 200]);

	await n8n.kill();
	await byCard.pay('card');
	await byTamara.pay('tamara');
	await canceled.pay('cancel');
	await triedAgain.pay('card');
	await simulator.control.settleDeliveries();
	await n8n.restart();
	for (const one of all) {
		const [lost] = callbacksOf(one).filter(({ status }) => status === null);
		expect(await simulator.control.repeatDelivery(lost?.event_id ?? '')).toBe(200);
	}

	for (const [paid, method] of [
		[byCard, 'card'],
		[byTamara, 'tamara'],
		[triedAgain, 'card'],
	] as const) {
		const number = paid.invoice.reference_number;
		expect(await endOf(paid)).toMatchObject({
			status: 'success',
			mails: [`Your invoice ${number}`, `Receipt for invoice ${number}`],
		});
		const receipt = mail.server
			.mails()
			.find(({ subject }) => subject === `Receipt for invoice ${number}`);
		expect(receipt).toMatchObject({ to: { text: 'customer@example.com' } });
		expect(receipt?.text).toContain('Amount: 115.12 SAR');
		expect(receipt?.text).toContain(`Paid by: ${method}`);
	}
	const { status, nodes, mails } = await endOf(canceled);
	expect({ status, mails }).toStrictEqual({
		status: 'success',
		mails: [`Your invoice ${canceled.invoice.reference_number}`],
	});
	expect(nodes).toHaveProperty(['Canceled: nothing to do']);
}, 240_000);

describe('create an invoice and e-mail its payment link', () => {
	test('creates one invoice per form although the response was lost and the execution retried', async () => {
		const { api, url } = testBed.n8n;
		const { control } = testBed.simulator;
		const workflow = fillInSettings(await readExample('create-invoice-and-email-link'), {
			notification_url: 'https://partner.example.com/webhooks/rsom',
			return_url: 'https://partner.example.com/payment/return',
		});
		const id = await publish(workflow);
		control.injectFault({ kind: 'lost-answer' });

		await expect(
			submitForm(productionUrl(url, workflow, 'Invoice form'), formValues),
		).rejects.toThrow('Problem submitting response');
		const [failed] = await executionsOf(id, 1);
		expect(failed?.error?.message).toBe('RsomPay did not respond [Item 0]');
		control.clearFaults();
		await api.retry(failed?.id ?? '');

		const [invoice, ...others] = control.invoices();
		expect(others).toStrictEqual([]);
		const sent = await mail.server.waitForMail(
			({ subject }) => subject === `Your invoice ${invoice?.reference_number ?? ''}`,
		);
		expect(sent.text).toContain(invoice?.payment_url);
		expect(sent.text).toContain('115.12 SAR');
	});
});

describe('e-mail when a payment is completed', () => {
	test('confirms the payment with RsomPay, and fails with a message when the invoice is not paid', async () => {
		const { control } = testBed.simulator;
		const workflow = await readShortPolling('email-on-payment-completed');
		const id = await publish(workflow);
		const url = productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger');
		const invoice = await createInvoice('ORDER-1');
		const isPaidMail = ({ subject }: { subject?: string }) =>
			subject === `Paid: invoice ${invoice.reference_number}`;

		await deliver(url, eventOf(invoice, 'payment.completed'));
		const [failed] = await executionsOf(id, 1);
		expect(failed?.error?.message).toBe(
			'RsomPay does not call invoice ORDER-1 paid, although it was asked for up to 30 seconds: its status is issued, so nothing was done. To ask again later: open this execution, choose "Copy to editor", press Unpin in every node that is still purple, and execute the workflow.',
		);
		expect(mail.server.mails().filter(isPaidMail)).toHaveLength(0);

		const paid = control.payInvoice('ORDER-1');
		await deliver(url, eventOf(paid, 'payment.completed'));
		await mail.server.waitForMail(isPaidMail);
	});

	test('asks again while RsomPay does not confirm yet what its event says', async () => {
		const workflow = await readExample('email-on-payment-completed');
		await publish(workflow);
		const url = productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger');
		const invoice = await notifyBeforePayment('EARLY-1', url);

		await mail.server.waitForMail(
			({ subject }) => subject === `Paid: invoice ${invoice.reference_number}`,
		);
	});
});

describe('sync paid invoices to a data table', () => {
	test('has one row per invoice although both its events arrive together', async () => {
		const { api, url } = testBed.n8n;
		const workflow = await readExample('sync-paid-invoices-to-data-table');
		const id = await publish(workflow);
		const tableId = await createTable(api, id);
		const ids = ['ORDER-1', 'ORDER-2', 'ORDER-3', 'ORDER-4', 'ORDER-5'];
		const invoices = await Promise.all(ids.map(paidInvoice));

		const notificationUrl = productionUrl(url, workflow, 'RsomPay Trigger');
		const events = invoices.flatMap((invoice) => [
			eventOf(invoice, 'payment.completed'),
			eventOf(invoice, 'invoice.status_changed'),
		]);
		holdRequests(events.length);
		const responses = await Promise.all(events.map((event) => deliver(notificationUrl, event)));

		expect(responses).toStrictEqual(events.map(() => 200));
		const executions = (await executionsOf(id, 11)).filter(({ mode }) => mode === 'webhook');
		expect(executions.map(({ status }) => status)).toStrictEqual(events.map(() => 'success'));
		const rows = await api.dataTableRows(tableId);
		expect(rows.map(({ external_id }) => external_id).sort()).toStrictEqual(ids);
		for (const row of rows) expect(row).toMatchObject({ status: 'paid', amount: 103.5 });

		await notifyBeforePayment('ORDER-6', notificationUrl);
		const all = await executionsOf(id, 12);
		expect(all.at(-1)).toMatchObject({ status: 'success', error: undefined });
		expect(await api.dataTableRows(tableId)).toContainEqual(
			expect.objectContaining({ external_id: 'ORDER-6', status: 'paid' }),
		);
	});
});

describe('sync paid invoices to Google Sheets', () => {
	test('can be imported unchanged', async () => {
		const workflow = await readExample('sync-paid-invoices-to-google-sheets');

		await expect(
			testBed.n8n.api.importWorkflow(workflow, [testBed.credential]),
		).resolves.toBeTruthy();
	});

	test('fills every column from the first event of a payment, and delays the second event', async () => {
		const example = await readExample('sync-paid-invoices-to-google-sheets');
		// A node that only outputs the row replaces the Google Sheets node, which needs an account.
		const workflow = changeNode(example, 'Add or update the row', ({ id, name, parameters }) => ({
			...setNode(name, sheetSchema.parse(parameters).columns.value),
			id,
		}));
		const id = await publish(workflow);
		const url = productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger');
		const invoice = await notifyBeforePayment('ORDER-1', url);
		const [run] = await executionsOf(id, 1);
		expect(itemsOf(run?.nodes['Add or update the row'])).toStrictEqual([
			{
				external_id: 'ORDER-1',
				reference_number: invoice.reference_number,
				status: 'paid',
				amount: '103.5',
				customer_id: 'CUST-9',
				customer_name: 'Ahmed Ali',
				customer_email: 'customer@example.com',
			},
		]);

		await deliver(url, eventOf(invoice, 'invoice.status_changed'));
		await until('the second execution to wait', async () => {
			const [, second] = await testBed.n8n.api.executions(id);
			return second?.status === 'waiting' || undefined;
		});
	});
});

describe("list yesterday's paid payments", () => {
	test("has one row per payment of the workflow's day, however often it runs", async () => {
		const { api } = testBed.n8n;
		const timezone = 'Asia/Riyadh';
		const today = new Date().toLocaleDateString('en-CA', { timeZone: timezone });
		const midnight = Date.parse(`${today}T00:00:00+03:00`);
		const yesterday = midnight - 24 * 3_600_000;
		const add = (id: string, at: number, status = 'paid') =>
			moyasar.control.addPayment({ id, status, createdAt: new Date(at), amount: 10350 });
		add('the-day-before', yesterday - 1);
		const first = add('at-its-beginning', yesterday);
		add('failed', yesterday + 1, 'failed');
		add('at-its-end', midnight - 1);
		add('today', midnight);
		const example = await readExample('list-yesterdays-paid-payments');
		const settings = { ...example.settings, timezone };
		const id = await api.importWorkflow(unpin({ ...example, settings }), [moyasar.credential]);

		const runs = [
			await api.runManually(id, 'Every morning'),
			await api.runManually(id, 'Every morning'),
		];

		expect(runs.map(({ status }) => status)).toStrictEqual(['success', 'success']);
		const [{ id: tableId }] = tableSchema.parse(itemsOf(runs[0]?.nodes['Make the table']));
		const rows = await api.dataTableRows(tableId);
		expect(rows.map(({ payment_id }) => payment_id).sort()).toStrictEqual([
			'at-its-beginning',
			'at-its-end',
		]);
		expect(rows.find(({ payment_id }) => payment_id === first.id)).toMatchObject({
			status: 'paid',
			amount: 10350,
			amount_decimal: '103.50',
			currency: 'SAR',
			source_type: 'creditcard',
			source_company: first.source.company,
			source_number: first.source.number,
			description: first.description,
			created_at: first.created_at,
		});
	});
});

describe('reconcile RsomPay with Moyasar', () => {
	const transact = (invoice: string, amount: number, fields: Partial<Transaction> = {}) =>
		testBed.simulator.control.addTransaction('CUST-9', {
			invoice_external_id: invoice,
			reference: `TX-${invoice}`,
			amount,
			...fields,
		});
	const pay = (invoice: string | undefined, amount: number, changes: MoyasarPaymentChanges = {}) =>
		moyasar.control.addPayment({
			id: `pay-${invoice ?? 'of-no-invoice'}`,
			amount,
			metadata: {
				customer_id: 'CUST-9',
				...(invoice === undefined ? {} : { external_id: invoice }),
			},
			...changes,
		});

	/** Runs the example, and returns the rows of its table, sorted by invoice. */
	async function reconcile(workflowId: string) {
		const { status, error, nodes } = await testBed.n8n.api.runManually(workflowId, 'Reconcile');
		expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
		const [{ id: tableId }] = tableSchema.parse(itemsOf(nodes['Make the table']));
		const rows = await testBed.n8n.api.dataTableRows(tableId);
		const isOwn = (column: string) => !['id', 'createdAt', 'updatedAt'].includes(column);
		return rows
			.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => isOwn(column))))
			.sort((a, b) => String(a.external_id).localeCompare(String(b.external_id)));
	}

	const importExample = async () =>
		await testBed.n8n.api.importWorkflow(
			fillInSettings(unpin(await readExample('reconcile-rsompay-with-moyasar')), {
				customer_id: 'CUST-9',
			}),
			[testBed.credential, moyasar.credential],
		);

	const row = (
		invoice: string,
		outcome: string,
		[rsompay, moyasarAmount]: [string | null, string | null],
		rest: Record<string, unknown> = {},
	) => ({
		customer_id: 'CUST-9',
		external_id: invoice,
		outcome,
		amounts_agree: rsompay === moyasarAmount,
		currency: 'SAR',
		rsompay_amount: rsompay,
		moyasar_amount: moyasarAmount,
		rsompay_references: rsompay && `TX-${invoice}`,
		moyasar_payment_ids: moyasarAmount && `pay-${invoice}`,
		...rest,
	});

	test('shows what matches, what differs and what only one of them has', async () => {
		transact('A-MATCHED', 103.5);
		pay('A-MATCHED', 10350);
		pay('A-MATCHED', 10350, { id: 'a-first-try', status: 'failed' });
		// 0.1 + 0.2 is not 0.3 in binary floating point.
		transact('B-IN-PARTS', 0.1, { reference: 'TX-1' });
		transact('B-IN-PARTS', 0.2, { reference: 'TX-2' });
		pay('B-IN-PARTS', 30, { status: 'captured' });
		transact('C-DIFFERS', 1.15);
		pay('C-DIFFERS', 114);
		transact('D-REFUNDED', 100);
		pay('D-REFUNDED', 10000, { status: 'refunded' });
		transact('E-DINARS', 1.005, { currency_code: 'KWD' });
		pay('E-DINARS', 1005, { currency: 'KWD' });
		transact('F-ONLY-RSOMPAY', 250);
		pay('F-ONLY-RSOMPAY', 25000, { status: 'failed' });
		transact('G-ONLY-MOYASAR', 250, { status: 'pending' });
		pay('G-ONLY-MOYASAR', 25000);
		pay('H-OF-ANOTHER', 100, { metadata: { customer_id: 'CUST-8', external_id: 'H-OF-ANOTHER' } });
		pay(undefined, 100);
		pay(undefined, 100, { id: 'without-metadata', metadata: null });
		const id = await importExample();

		const rows = await reconcile(id);

		expect(rows).toStrictEqual([
			row('A-MATCHED', 'matched', ['103.50', '103.50']),
			row('B-IN-PARTS', 'matched', ['0.30', '0.30'], { rsompay_references: 'TX-2, TX-1' }),
			row('C-DIFFERS', 'matched', ['1.15', '1.14']),
			row('D-REFUNDED', 'matched', ['100.00', '0.00']),
			row('E-DINARS', 'matched', ['1.005', '1.005'], { currency: 'KWD' }),
			row('F-ONLY-RSOMPAY', 'only in RsomPay', ['250.00', null]),
			row('G-ONLY-MOYASAR', 'only in Moyasar', [null, '250.00']),
		]);

		pay('F-ONLY-RSOMPAY', 25000, { id: 'pay-later' });
		const later = await reconcile(id);
		expect(later).toHaveLength(7);
		expect(later).toContainEqual(
			row('F-ONLY-RSOMPAY', 'matched', ['250.00', '250.00'], { moyasar_payment_ids: 'pay-later' }),
		);
	});

	test('works when one of the two has no payments', async () => {
		const id = await importExample();

		transact('A-ONLY-RSOMPAY', 250);
		expect(await reconcile(id)).toStrictEqual([
			row('A-ONLY-RSOMPAY', 'only in RsomPay', ['250.00', null]),
		]);

		testBed.simulator.control.reset();
		pay('B-ONLY-MOYASAR', 25000);
		expect(await reconcile(id)).toStrictEqual([
			row('B-ONLY-MOYASAR', 'only in Moyasar', [null, '250.00']),
		]);

		moyasar.control.reset();
		expect(await reconcile(id)).toStrictEqual([]);
	});
});

test('the main job: from checkout to a receipt in one execution, and a webhook to a trigger', async () => {
	const { n8n, simulator } = testBed;
	const { checkout, webhook, notificationUrl } = await runMainJob({
		n8n,
		simulator,
		mail: mail.server,
	});

	expect(simulator.control.invoices()).toMatchObject([
		{ ...checkout.invoice, status: 'paid', amount: 115.12 },
		{ ...webhook.invoice, status: 'paid', amount: 115.12 },
	]);

	const { reference_number, external_id, payment_url } = checkout.invoice;
	expect(checkout.linkMail).toMatchObject({
		subject: `Your invoice ${reference_number}`,
		to: { text: 'customer@example.com' },
		text: containing(payment_url),
	});
	expect(Object.fromEntries(new URL(checkout.returnedTo).searchParams)).toMatchObject({
		status: 'success',
		external_id,
	});
	expect(checkout.resultPage).toBe('Paid');
	expect(checkout.receipt).toMatchObject({
		to: { text: 'customer@example.com' },
		text: containing('115.12 SAR'),
	});

	expect(webhook.delivery).toMatchObject({
		url: notificationUrl,
		status: 200,
		attempt: 1,
		signature: signBody(webhook.delivery.body, simulator.signingSecret),
	});
	expect(webhook.paidMail).toMatchObject({ to: { text: 'you@partner.example.com' } });
	expect(webhook.row).toMatchObject({
		external_id: webhook.invoice.external_id,
		reference_number: webhook.invoice.reference_number,
		status: 'paid',
		amount: 115.12,
		customer_id: 'CUST-9',
		customer_name: 'Ahmed Ali',
		customer_email: 'customer@example.com',
	});
});

test('checkout in one workflow: sends a reminder at the time limit, also if n8n was killed before', async () => {
	const { order: open, mail: server } = abandoned;
	const { payment_url, reference_number } = open.invoice;
	const reminder = await server.waitForMail(
		({ subject }) => subject === `Reminder: your invoice ${reference_number}`,
		90_000,
	);
	expect(reminder).toMatchObject({ to: { text: 'customer@example.com' } });
	expect(reminder.text).toContain(payment_url);

	await testBed.n8n.api.suspended(open.executionId, 'Wait once more');
	await open.pay('tamara');
	expect(await endOf(open, server)).toMatchObject({
		status: 'success',
		mails: [
			`Your invoice ${reference_number}`,
			`Reminder: your invoice ${reference_number}`,
			`Receipt for invoice ${reference_number}`,
		],
	});
}, 240_000);

testThatSecretsStaySecret(testBed);
