/** The examples that fulfil an order once, and make up for lost webhooks, on a real n8n. */
import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { openPage, press, submitForm } from '../../harness/browser.mts';
import { smtpData } from '../../harness/credentials.mts';
import {
	chooseWorkflow,
	fillInSettings,
	formValues,
	productionUrl,
	readExample,
	unpin,
} from '../../harness/examples.mts';
import { type Channel, publishChannel, publishFulfilOnce } from '../../harness/fulfilment.mts';
import { type Execution, itemsOf } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { chain, node } from '../../harness/workflows.mts';
import { buildEvent, type Invoice } from '../../simulator/index.mts';
import { useMail } from './harness/mail.mts';
import { useUnpublishing } from './harness/published.mts';
import { testThatSecretsStaySecret, useTestBed } from './harness/testBed.mts';
import { manualStart } from './harness/workflows.mts';

const testBed = useTestBed();
const mail = useMail(testBed);
const unpublishLater = useUnpublishing(testBed);

const PAIRS = 25;
const TABLE = 'RsomPay orders';
const tableSchema = z.tuple([z.object({ id: z.string() })]);

let fulfilOnceId: string;
/** The ID of the data table. */
let tableId: string;
/** Two workflows that call the one sub-workflow. */
let channels: [Channel, Channel];
beforeAll(async () => {
	const { n8n } = testBed;
	fulfilOnceId = await publishFulfilOnce(n8n.api, [mail.credential]);
	channels = [
		await publishChannel(n8n, fulfilOnceId, randomUUID()),
		await publishChannel(n8n, fulfilOnceId, randomUUID()),
	];
	const { nodes } = await sweep();
	[{ id: tableId }] = tableSchema.parse(itemsOf(nodes['Make the table']));
});
beforeEach(() => {
	// RsomPay sends only the webhooks that a test delivers.
	testBed.simulator.control.configure({ events: [] });
});

async function paidInvoice(externalId: string): Promise<Invoice> {
	await testBed.issue({ external_id: externalId });
	return testBed.simulator.control.payInvoice(externalId);
}

/** The subjects of the e-mails about orders to deliver, oldest first. */
const ordersOf = ({ reference_number }: Invoice) =>
	mail.server
		.mails()
		.flatMap(({ subject = '' }) =>
			subject.endsWith(`Please deliver: invoice ${reference_number}`) ? subject : [],
		);
const theOrder = ({ reference_number }: Invoice) => `Please deliver: invoice ${reference_number}`;
const again = (invoice: Invoice) => `Look first, this may be the second time. ${theOrder(invoice)}`;

/** The states of the rows about an invoice. */
async function statesOf(externalId: string): Promise<unknown[]> {
	const rows = await testBed.n8n.api.dataTableRows(tableId);
	return rows
		.filter(({ external_id }) => external_id === externalId)
		.map(({ state }) => (state === '' ? null : state));
}

const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();

interface Row {
	external_id: string;
	state?: string;
	check_at?: string;
	claimed_until?: string;
	claimed_by?: string;
}

/** Adds rows to the data table, as another workflow of the user would. */
async function addRows(...rows: Row[]): Promise<void> {
	const { api } = testBed.n8n;
	const complete = rows.map((row) => ({
		state: null,
		check_at: minutes(60),
		claimed_until: null,
		claimed_by: null,
		...row,
	}));
	const insert = node(
		'Insert',
		'n8n-nodes-base.dataTable',
		{
			resource: 'row',
			operation: 'insert',
			dataTableId: { __rl: true, mode: 'name', value: TABLE },
			columns: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema: [] },
			options: {},
		},
		{ typeVersion: 1.1 },
	);
	const id = await api.importWorkflow(chain(...manualStart(complete), insert));
	const { status, error } = await api.runManually(id, 'Manual Trigger');
	expect({ status, error }).toStrictEqual({ status: 'success', error: undefined });
}

/** Imports the sweep, with changed settings, and runs it once. */
async function sweep(settings: Record<string, string | number> = {}): Promise<Execution> {
	const { api } = testBed.n8n;
	const workflow = chooseWorkflow(
		fillInSettings(unpin(await readExample('sweep-open-invoices')), {
			grace_seconds: 0,
			...settings,
		}),
		'Fulfil once',
		fulfilOnceId,
	);
	const id = await api.importWorkflow(workflow, [testBed.credential, mail.credential]);
	return await api.runManually(id, 'Every 15 minutes', 100_000);
}

const reportOf = ({ nodes }: Execution) => itemsOf(nodes.Report)[0];

/** A server that takes connections and says nothing, until it is closed. */
async function startSilentServer() {
	const sockets: Socket[] = [];
	const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		port: (server.address() as AddressInfo).port,
		connected: async () => await until('a connection', () => sockets.length > 0 || undefined),
		close: () => {
			for (const socket of sockets) socket.destroy();
			server.close();
		},
	};
}

describe('fulfil once', () => {
	test(`fulfils each of ${PAIRS} orders once when two channels call it at the same moment`, async () => {
		const ids = Array.from({ length: PAIRS }, (_, index) => `PAIR-${index + 1}`);
		const invoices = await Promise.all(ids.map(paidInvoice));

		const results = await Promise.all(
			invoices.map(
				async (invoice) =>
					await Promise.all(channels.map(async (channel) => await channel.call(invoice))),
			),
		);

		for (const [index, pair] of results.entries()) {
			expect(pair.map(({ external_id }) => external_id)).toStrictEqual([ids[index], ids[index]]);
			expect(pair.filter(({ fulfilled }) => fulfilled)).toHaveLength(1);
			expect(pair.filter(({ repeated }) => repeated)).toHaveLength(0);
		}
		for (const invoice of invoices) expect(ordersOf(invoice)).toStrictEqual([theOrder(invoice)]);
		const [first] = mail.server.mails();
		expect(first).toMatchObject({ to: { text: 'you@partner.example.com' } });
		expect(first?.text).toContain('Ahmed Ali (CUST-9) has paid');
		expect(first?.text).toContain('1 × Service fee');

		const late = await channels[0].call(invoices[0] as Invoice);
		expect(late).toStrictEqual({ external_id: 'PAIR-1', fulfilled: false, repeated: false });
	}, 240_000);

	test('does nothing for an invoice that is not paid', async () => {
		const open = await testBed.issue({ external_id: 'NOT-PAID' });

		await expect(channels[0].call(open)).rejects.toThrow('500');
		await expect(channels[0].call({ ...open, external_id: '', status: 'paid' })).rejects.toThrow(
			'500',
		);

		expect(mail.server.mails()).toStrictEqual([]);
		expect(await statesOf('NOT-PAID')).toStrictEqual([]);
	});

	test('leaves the order alone while another call deals with it, and tries again after an error', async () => {
		const { api } = testBed.n8n;
		const invoice = await paidInvoice('ERROR');
		const silent = await startSilentServer();
		await api.updateCredential(mail.credential, smtpData(silent.port));
		const failing = channels[0].call(invoice);
		await silent.connected();
		await api.updateCredential(mail.credential, smtpData(mail.server.port));

		expect(await channels[1].call(invoice)).toMatchObject({ fulfilled: false });
		expect(await statesOf('ERROR')).toStrictEqual(['fulfilling']);

		silent.close();
		await expect(failing).rejects.toThrow('500');
		expect(ordersOf(invoice)).toStrictEqual([]);
		expect(await channels[1].call(invoice)).toMatchObject({ fulfilled: true, repeated: true });
		expect(ordersOf(invoice)).toStrictEqual([again(invoice)]);
		expect(await statesOf('ERROR')).toStrictEqual(['fulfilled']);
	});

	test('takes an order over when n8n was killed while it dealt with it, and says so', async () => {
		const { n8n } = testBed;
		const hasty = await publishFulfilOnce(n8n.api, [mail.credential], { claim_minutes: 0.02 });
		const channel = await publishChannel(n8n, hasty, randomUUID());
		const invoice = await paidInvoice('KILLED');
		const silent = await startSilentServer();
		await n8n.api.updateCredential(mail.credential, smtpData(silent.port));
		const interrupted = channel.call(invoice);
		interrupted.catch(() => undefined);
		await silent.connected();

		await n8n.kill();
		await expect(interrupted).rejects.toThrow();
		silent.close();
		await n8n.restart();
		await n8n.api.updateCredential(mail.credential, smtpData(mail.server.port));

		expect(await channel.call(invoice)).toMatchObject({ fulfilled: true, repeated: true });
		expect(await channel.call(invoice)).toMatchObject({ fulfilled: false });
		expect(ordersOf(invoice)).toStrictEqual([again(invoice)]);
		expect(await statesOf('KILLED')).toStrictEqual(['fulfilled']);
		await n8n.api.unpublish(channel.id);
	}, 240_000);

	test('gives way where two rows of an invoice were added at the same moment', async () => {
		const [claimed, done] = [await paidInvoice('TWO-ROWS'), await paidInvoice('ONE-DONE')];
		const another = { claimed_by: 'another', claimed_until: minutes(10) };
		await addRows(
			{ external_id: 'TWO-ROWS', state: 'fulfilling', ...another },
			{ external_id: 'TWO-ROWS' },
			{ external_id: 'ONE-DONE', state: 'fulfilled', ...another },
			{ external_id: 'ONE-DONE' },
		);

		expect(await channels[0].call(claimed)).toMatchObject({ fulfilled: false });
		expect(await channels[0].call(done)).toMatchObject({ fulfilled: false });

		expect(mail.server.mails()).toStrictEqual([]);
		expect(await statesOf('TWO-ROWS')).toStrictEqual(['fulfilling', null]);
		expect(await statesOf('ONE-DONE')).toStrictEqual(['fulfilled', 'fulfilled']);

		await addRows(
			{ external_id: 'BOTH-LEFT' },
			{ external_id: 'BOTH-LEFT' },
			{ external_id: 'RUN-OUT', state: 'fulfilling', claimed_by: 'a', claimed_until: minutes(-1) },
			{ external_id: 'RUN-OUT' },
		);
		for (const [id, repeated] of [
			['BOTH-LEFT', false],
			['RUN-OUT', true],
		] as const) {
			const invoice = await paidInvoice(id);
			expect(await channels[0].call(invoice)).toMatchObject({ fulfilled: true, repeated });
			expect(ordersOf(invoice)).toHaveLength(1);
			expect(await statesOf(id)).toStrictEqual(['fulfilled', 'fulfilled']);
		}
	});
});

describe('sweep of open invoices', () => {
	const due = (external_id: string, minutesAgo = 1): Row => ({
		external_id,
		check_at: minutes(-minutesAgo),
	});

	test('fulfils what is paid, says that webhooks are lost, and keeps the rest on the list', async () => {
		const { control } = testBed.simulator;
		const lost = [await paidInvoice('LOST-1'), await paidInvoice('LOST-2')];
		const brokeOff = await paidInvoice('BROKE-OFF');
		const fulfilled = await paidInvoice('IN-TIME');
		await channels[0].call(fulfilled);
		for (const external_id of ['OPEN', 'FAILED', 'CANCELED', 'TOO-NEW']) {
			await testBed.issue({ external_id });
		}
		control.failInvoice('FAILED');
		control.cancelInvoice('CANCELED');
		await addRows(
			...['LOST-1', 'LOST-2', 'OPEN', 'FAILED', 'CANCELED', 'NEVER-CREATED'].map((id) => due(id)),
			{
				...due('BROKE-OFF'),
				state: 'fulfilling',
				claimed_by: 'another',
				claimed_until: minutes(-1),
			},
			{ external_id: 'TOO-NEW' },
		);

		const first = await sweep();

		expect(first).toMatchObject({ status: 'success', error: undefined });
		expect(reportOf(first)).toStrictEqual({
			checked: 7,
			healed: 2,
			repeated: 1,
			still_open: 2,
			not_found: 1,
			could_not_ask: 0,
			not_fulfilled: 0,
		});
		for (const invoice of lost) expect(ordersOf(invoice)).toStrictEqual([theOrder(invoice)]);
		expect(ordersOf(brokeOff)).toStrictEqual([again(brokeOff)]);
		const alarm = await mail.server.waitForMail(
			({ subject }) => subject === 'RsomPay webhooks are being lost: 2 found by the sweep',
		);
		expect(alarm).toMatchObject({ to: { text: 'you@partner.example.com' } });
		expect(alarm.text).toContain('LOST-1\nLOST-2');
		expect(await statesOf('LOST-1')).toStrictEqual(['fulfilled']);
		expect(await statesOf('CANCELED')).toStrictEqual([]);
		for (const id of ['OPEN', 'FAILED', 'NEVER-CREATED', 'TOO-NEW']) {
			expect(await statesOf(id)).toStrictEqual([null]);
		}

		// The next time has not come for any of them.
		expect(reportOf(await sweep())).toMatchObject({ checked: 0, healed: 0 });
	});

	test('asks for the least recently asked first, at most as many as set, and waits out a 429 once', async () => {
		const { control } = testBed.simulator;
		const ids = Array.from({ length: 30 }, (_, index) => `BOUNDED-${index + 1}`);
		for (const external_id of ids) await testBed.issue({ external_id });
		// The last of them have waited longest.
		await addRows(...ids.map((id, index) => due(id, 1_000 + index)));
		const asked = () =>
			control
				.requests()
				.filter(({ method }) => method === 'GET')
				.flatMap(({ query }) => query.external_id ?? []);
		control.injectFault({
			kind: 'status',
			status: 429,
			retryAfter: 2,
			match: { method: 'GET', times: 1 },
		});

		const begun = Date.now();
		const run = await sweep({ per_run: 25 });

		expect(reportOf(run)).toMatchObject({ checked: 25, still_open: 25, could_not_ask: 0 });
		expect(new Set(asked())).toStrictEqual(new Set(ids.slice(5)));
		expect(asked().length).toBeLessThanOrEqual(25 + 20);
		expect(Date.now() - begun).toBeGreaterThan(2_000);
		expect(reportOf(await sweep())).toMatchObject({ checked: 5, still_open: 5 });
	});

	test('fails, and keeps the rows, when RsomPay cannot be asked or an order not be fulfilled', async () => {
		const { api } = testBed.n8n;
		const { control } = testBed.simulator;
		const invoice = await paidInvoice('TROUBLE');
		await addRows(due('TROUBLE'));

		control.injectFault({ kind: 'status', status: 401, match: { method: 'GET' } });
		const notAsked = await sweep({ ask_after_minutes: 0.001 });
		expect(reportOf(notAsked)).toMatchObject({ checked: 1, healed: 0, could_not_ask: 1 });
		expect(notAsked.error?.message).toContain('could not be asked about 1 of 1 invoices');
		control.clearFaults();

		await api.updateCredential(mail.credential, smtpData(1));
		const notFulfilled = await sweep({ ask_after_minutes: 0.001 });
		expect(reportOf(notFulfilled)).toMatchObject({ checked: 1, healed: 0, not_fulfilled: 1 });
		expect(notFulfilled.error?.message).toContain('1 paid orders could not be fulfilled');
		await api.updateCredential(mail.credential, smtpData(mail.server.port));

		await addRows(due('TROUBLE'));
		const later = await sweep();
		expect(reportOf(later)).toMatchObject({ repeated: 1, not_fulfilled: 0 });
		expect(ordersOf(invoice)).toStrictEqual([again(invoice)]);
	});
});

describe('the workflows that call it', () => {
	const eventOf = (invoice: Invoice) =>
		buildEvent({
			event: 'payment.completed',
			eventId: randomUUID(),
			occurredAt: new Date(),
			invoice,
		});
	const finishedRuns = async (workflowId: string, count: number) => {
		const { api } = testBed.n8n;
		const started = await until(`${count} executions`, async () => {
			const executions = await api.executions(workflowId);
			return executions.length >= count ? executions : undefined;
		});
		return await Promise.all(started.map(({ id }) => api.finished(id)));
	};

	describe('return page with fulfilment', () => {
		let id: string;
		let url: string;
		beforeEach(async () => {
			const workflow = chooseWorkflow(
				await readExample('return-page-with-fulfilment'),
				'Fulfil once',
				fulfilOnceId,
			);
			id = await testBed.n8n.api.importAndPublish(workflow, [testBed.credential]);
			unpublishLater(id);
			url = productionUrl(testBed.n8n.url, workflow, 'RsomPay Trigger');
		});
		const returnFor = async (externalId: string) =>
			await openPage(`${url}?status=success&external_id=${externalId}`);
		const notify = async (invoice: Invoice) =>
			(await testBed.simulator.control.deliver({ url, payload: eventOf(invoice) })).status;

		test('fulfils an order once, whether the customer, the webhook or the sweep comes first', async () => {
			const [customerFirst, webhookFirst, sweepFirst, ...together] = (await Promise.all(
				['CUSTOMER', 'WEBHOOK', 'SWEEP', 'AT-ONCE-1', 'AT-ONCE-2', 'AT-ONCE-3'].map(paidInvoice),
			)) as [Invoice, Invoice, Invoice, ...Invoice[]];
			expect(await returnFor(customerFirst.external_id)).toBe('Paid');
			expect(await notify(customerFirst)).toBe(200);
			expect(await notify(webhookFirst)).toBe(200);
			expect(await returnFor(webhookFirst.external_id)).toBe('Paid');
			await addRows({ external_id: 'SWEEP', check_at: minutes(-1) });
			expect(reportOf(await sweep())).toMatchObject({ checked: 1, healed: 1 });
			expect(await notify(sweepFirst)).toBe(200);
			const responses = await Promise.all(
				together.flatMap((invoice) => [returnFor(invoice.external_id), notify(invoice)]),
			);
			expect(responses).toStrictEqual(together.flatMap(() => ['Paid', 200]));

			const runs = await finishedRuns(id, 5 + 2 * together.length);
			expect(runs.filter(({ status }) => status !== 'success')).toStrictEqual([]);
			for (const invoice of [customerFirst, webhookFirst, sweepFirst, ...together]) {
				expect(ordersOf(invoice)).toStrictEqual([theOrder(invoice)]);
				expect(await statesOf(invoice.external_id)).toStrictEqual(['fulfilled']);
			}
		});

		test('fulfils an order that RsomPay confirms only after its webhook', async () => {
			const { control } = testBed.simulator;
			control.configure({
				events: ['payment.completed'],
				lagMs: 8_000,
				retryDelaysMs: [2_000, 2_000, 2_000, 2_000],
			});
			await testBed.issue({ external_id: 'LATE', notification_url: url });

			const invoice = control.payInvoice('LATE');
			await control.settleDeliveries({ timeoutMs: 30_000 });

			const statuses = control.deliveries().map(({ status }) => status);
			expect([statuses[0], statuses.at(-1)]).toStrictEqual([503, 200]);
			await finishedRuns(id, 1);
			expect(ordersOf(invoice)).toStrictEqual([theOrder(invoice)]);
		});

		test('does nothing for a return without a payment, until there is one', async () => {
			await testBed.issue({ external_id: 'UNPAID' });
			expect(await returnFor('UNPAID')).toBe('Not confirmed yet');
			expect(await returnFor('NO-SUCH-INVOICE')).toBe('Not confirmed yet');

			const [claimed, ...more] = await finishedRuns(id, 1);
			expect(more).toStrictEqual([]);
			expect(Object.keys(claimed?.nodes ?? {})).toStrictEqual(['RsomPay Trigger', 'Paid?']);
			expect(mail.server.mails()).toStrictEqual([]);

			const invoice = testBed.simulator.control.payInvoice('UNPAID');
			expect(await returnFor('UNPAID')).toBe('Paid');
			await finishedRuns(id, 2);
			expect(ordersOf(invoice)).toStrictEqual([theOrder(invoice)]);
		});
	});

	test('create an invoice: the invoice is noted although its creation fails', async () => {
		const { api, url } = testBed.n8n;
		const { control } = testBed.simulator;
		const workflow = fillInSettings(await readExample('create-invoice-and-email-link'), {
			notification_url: 'https://partner.example.com/webhooks/rsom',
			return_url: 'https://partner.example.com/payment/return',
		});
		const id = await api.importAndPublish(workflow, [testBed.credential, mail.credential]);
		unpublishLater(id);
		control.injectFault({ kind: 'status', status: 401 });

		await expect(
			submitForm(productionUrl(url, workflow, 'Invoice form'), formValues),
		).rejects.toThrow('Problem submitting response');
		const [failed] = await finishedRuns(id, 1);
		control.clearFaults();
		const noted = z
			.tuple([z.object({ external_id: z.string() })])
			.parse(itemsOf(failed?.nodes['Note the invoice']))[0].external_id;
		expect(await statesOf(noted)).toStrictEqual([null]);

		await api.retry(failed?.id ?? '');
		expect(control.invoices()).toMatchObject([{ external_id: noted }]);
		expect(await statesOf(noted)).toStrictEqual([null]);
	});

	test('checkout in one workflow: its wait calls it, and does nothing when the sweep was first', async () => {
		const { api, url } = testBed.n8n;
		const { control } = testBed.simulator;
		control.configure({ events: ['payment.completed', 'invoice.status_changed'] });
		const example = await readExample('checkout-in-one-workflow');
		const workflow = {
			...chooseWorkflow(example, 'Fulfil once', fulfilOnceId),
			nodes: chooseWorkflow(example, 'Fulfil once', fulfilOnceId).nodes.map((one) => ({
				...one,
				disabled: false,
			})),
		};
		const id = await api.importAndPublish(workflow, [testBed.credential, mail.credential]);
		unpublishLater(id);

		for (const sweepFirst of [false, true]) {
			await submitForm(productionUrl(url, workflow, 'Invoice form'), formValues);
			const executionId = (await api.executions(id)).at(-1)?.id ?? '';
			await api.suspended(executionId, 'Wait for payment');
			const invoice = control.invoices().at(-1) as Invoice;
			expect(await statesOf(invoice.external_id)).toStrictEqual([null]);
			if (sweepFirst) {
				await channels[0].call({ ...invoice, status: 'paid' });
			}

			await press(invoice.payment_url, 'card');

			const { status, nodes } = await api.finished(executionId);
			expect(status).toBe('success');
			expect(itemsOf(nodes['Fulfil once'])).toMatchObject([{ fulfilled: !sweepFirst }]);
			expect(ordersOf(invoice)).toStrictEqual([theOrder(invoice)]);
			await mail.server.waitForMail(
				({ subject }) => subject === `Receipt for invoice ${invoice.reference_number}`,
			);
		}
	});
});

testThatSecretsStaySecret(testBed);
