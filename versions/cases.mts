import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { issueInvoice } from '../harness/fulfilment.mts';
import { type Execution, itemsOf } from '../harness/n8n/api.mts';
import { pollAtSeconds } from '../harness/n8n/pollEngines.mts';
import { until } from '../harness/n8n/until.mts';
import { CREATE, node, WAIT_FOR_PAYMENT } from '../harness/workflows.mts';
import { exampleEvent } from '../simulator/index.mts';
import { type Bed, moyasarNode, rsomPayNode, triggerNode } from './bed.mts';

/** A feature, and how it is tried. */
export interface Case {
	/** The row of the table of README.md. */
	area: string;
	/** The row of the table of docs/versions.md. */
	feature: string;
	run: (bed: Bed) => Promise<void>;
	/** For a feature that needs a newer n8n than 1.123. */
	needs?: {
		/** The first n8n that has what the feature needs: major and minor. */
		version: `${number}.${number}`;
		/** Checks that an older n8n gets a sentence, before anything is sent. */
		runOnOlder: (bed: Bed) => Promise<void>;
	};
}

const TRIGGER = 'RsomPay Trigger';
const ACTIONS = 'Create, Get by Reference, Get Many';
const MOYASAR = 'n8n-nodes-moyasar';

const ID = 'INV-PARTNER-001';

const LOOKUP = {
	resource: 'invoice',
	invoice: { __rl: true, mode: 'externalId', value: ID },
};

/** The parameters of Create for an invoice whose URLs are not those of the execution. */
const CREATE_WITH_URLS = {
	...CREATE,
	externalId: ID,
	afterPayment: 'start',
	notificationUrl: 'https://partner.example.com/webhooks/rsom',
	returnUrl: 'https://partner.example.com/payment/return',
};

/** Creates an invoice that calls its own execution back, and waits for that. */
const CREATE_AND_WAIT = [
	rsomPayNode('Create', { ...CREATE, externalId: ID, afterPayment: 'continue' }),
	rsomPayNode('Wait', WAIT_FOR_PAYMENT),
];

/** The output of the only node of a run that succeeded. */
function outputOf({ status, error, nodes }: Execution, name: string) {
	assert.equal(error?.message, undefined);
	assert.equal(status, 'success');
	return itemsOf(nodes[name]);
}

/** Publishes the nodes after a Webhook node, and calls it. Returns the workflow's ID. */
async function start(bed: Bed, nodes: typeof CREATE_AND_WAIT): Promise<string> {
	const path = randomUUID();
	const webhook = node(
		'Webhook',
		'n8n-nodes-base.webhook',
		{ path, httpMethod: 'POST', responseMode: 'onReceived', options: {} },
		{ typeVersion: 2, webhookId: path },
	);
	const id = await bed.publish(webhook, ...nodes);
	await axios.post(`${bed.n8n.url}/webhook/${path}`, {}, { proxy: false });
	return id;
}

/** Waits until the only execution of a workflow has this status or has ended. */
async function onlyExecution({ n8n: { api } }: Bed, workflowId: string): Promise<Execution> {
	const id = await until('the execution to begin', async () => {
		return (await api.executions(workflowId))[0]?.id;
	});
	return await api.finished(id);
}

/** What the table has a row for, in that order. */
export const cases: readonly Case[] = [
	{
		area: TRIGGER,
		feature: 'RsomPay Trigger: verification',
		run: async (bed) => {
			const { url, started, startedBy } = await bed.publishTrigger(
				triggerNode({ events: ['*'], options: {} }),
			);
			const { control } = bed.simulator;
			const event = exampleEvent();

			const forged = await control.deliver({ url, payload: event, secret: 'another-secret' });
			assert.equal(forged.status, 401);
			assert.deepEqual(await started(), []);

			assert.equal((await control.deliver({ url, payload: event })).status, 200);
			assert.deepEqual(await startedBy(1), [event]);
		},
	},
	{
		area: TRIGGER,
		feature: 'RsomPay Trigger: once for each event',
		run: async (bed) => {
			const { url, started } = await bed.publishTrigger(
				triggerNode({ events: ['*'], options: {} }),
			);
			const { control } = bed.simulator;
			const payload = exampleEvent();
			const deliver = async () => await control.deliver({ url, payload });

			const statuses = (await Promise.all([deliver(), deliver(), deliver()])).map(
				({ status }) => status,
			);
			assert.ok(statuses.includes(200), `Statuses: ${statuses.join(', ')}`);
			const { status, body } = await deliver();
			assert.deepEqual(
				{ status, body },
				{ status: 200, body: '{"message":"Event received before"}' },
			);
			assert.deepEqual(await started(), [payload]);
		},
	},
	{
		area: TRIGGER,
		feature: 'RsomPay Trigger: Confirm Invoice',
		run: async (bed) => {
			const { url, startedBy } = await bed.publishTrigger(
				triggerNode({ events: ['payment.completed'], options: { confirm: true } }),
			);
			await issueInvoice(bed.simulator, { external_id: ID, notification_url: url });
			const { control } = bed.simulator;
			// An event of an invoice that is not paid is repeated, not passed on.
			const { invoice, ...rest } = exampleEvent();
			const event = { ...rest, invoice: { ...invoice, external_id: ID } };
			assert.equal((await control.deliver({ url, payload: event })).status, 503);

			control.payInvoice(ID);

			const [item, ...more] = await startedBy(1);
			assert.deepEqual(item?.confirmed_invoice, control.invoices()[0]);
			assert.deepEqual(more, []);
		},
	},
	{
		area: TRIGGER,
		feature: 'RsomPay Trigger: Customer Returned',
		run: async (bed) => {
			const { url, startedBy } = await bed.publishTrigger(
				triggerNode({ events: ['customer.returned'], options: {} }),
			);
			await issueInvoice(bed.simulator, { external_id: ID, return_url: url });
			bed.simulator.control.payInvoice(ID);

			const page = await axios.get<string>(`${url}?external_id=${ID}`, { proxy: false });

			assert.match(page.data, /<h1[^>]*>Paid<\/h1>/);
			const [item] = await startedBy(1);
			assert.equal(item?.confirmed_paid, true);
			assert.deepEqual(item.confirmed_invoice, bed.simulator.control.invoices()[0]);
		},
	},
	{
		area: ACTIONS,
		feature: 'RsomPay: Create invoice',
		run: async (bed) => {
			const [item] = outputOf(await bed.run(rsomPayNode('RsomPay', CREATE_WITH_URLS)), 'RsomPay');

			const [invoice] = bed.simulator.control.invoices();
			assert.equal(invoice?.amount, 115);
			assert.equal(item?.payment_url, invoice.payment_url);
		},
	},
	{
		area: ACTIONS,
		feature: 'RsomPay: Get by Reference',
		run: async (bed) => {
			await issueInvoice(bed.simulator, { external_id: ID });
			const get = rsomPayNode('RsomPay', { ...LOOKUP, operation: 'get' });

			assert.deepEqual(outputOf(await bed.run(get), 'RsomPay'), bed.simulator.control.invoices());
		},
	},
	{
		area: ACTIONS,
		feature: 'RsomPay: Get Many Transactions',
		run: async (bed) => {
			const transactions = bed.simulator.control.seedTransactions({
				customerId: 'CUST-9',
				count: 150,
			});
			const list = rsomPayNode('RsomPay', {
				resource: 'transaction',
				operation: 'getAll',
				customerId: 'CUST-9',
				returnAll: true,
			});

			assert.deepEqual(outputOf(await bed.run(list), 'RsomPay'), transactions);
		},
	},
	{
		area: 'Wait for Payment, On RsomPay Webhook',
		feature: 'RsomPay: Wait for Payment, On RsomPay Webhook',
		run: async (bed) => {
			const workflowId = await start(bed, CREATE_AND_WAIT);
			const { api } = bed.n8n;
			const id = await until('the execution to be suspended', async () => {
				const [execution] = await api.executions(workflowId);
				return execution?.status === 'waiting' ? execution.id : undefined;
			});

			bed.simulator.control.payInvoice(ID);

			const execution = await api.finished(id);
			const [item] = outputOf(execution, 'Wait');
			assert.equal(item?.status, 'paid');
			assert.equal(item.settled, true);
			assert.ok(item.payment);
			// Paid and Not Paid.
			assert.deepEqual(
				execution.nodes.Wait?.at(-1)?.outputs.map(({ length }) => length),
				[1, 0],
			);
		},
		needs: {
			version: '2.4',
			runOnOlder: async (bed) => {
				const { status, error } = await onlyExecution(bed, await start(bed, CREATE_AND_WAIT));

				assert.equal(status, 'error');
				assert.match(
					error?.message ?? '',
					/^In 'Wait for Payment', 'Resume' must be 'By Polling' in an n8n older than 2\.4/,
				);
				assert.deepEqual(bed.simulator.control.requests(), []);
			},
		},
	},
	{
		area: 'Wait for Payment, By Polling',
		feature: 'RsomPay: Wait for Payment, By Polling',
		run: async (bed) => {
			await issueInvoice(bed.simulator, { external_id: ID });
			const wait = rsomPayNode('Wait', {
				...LOOKUP,
				operation: 'waitForPayment',
				waitMode: 'asking',
			});
			const workflowId = await start(bed, [wait]);
			await until(
				'the first request',
				() => bed.simulator.control.requests().some(({ method }) => method === 'GET') || undefined,
			);

			bed.simulator.control.payInvoice(ID);

			const execution = await onlyExecution(bed, workflowId);
			const [item] = outputOf(execution, 'Wait');
			assert.equal(item?.status, 'paid');
			assert.equal(item.settled, true);
			assert.deepEqual(
				execution.nodes.Wait?.at(-1)?.outputs.map(({ length }) => length),
				[1, 0],
			);
		},
	},
	{
		area: MOYASAR,
		feature: 'Moyasar: List Payments',
		run: async (bed) => {
			const { control } = bed.simulator.moyasar;
			control.seedPayments({ count: 100 });
			const list = moyasarNode('Moyasar', 'moyasar', {
				resource: 'payment',
				operation: 'getAll',
				returnAll: true,
				simplify: false,
			});

			assert.deepEqual(outputOf(await bed.run(list), 'Moyasar'), control.payments());
		},
	},
	{
		area: MOYASAR,
		feature: 'Moyasar Trigger',
		run: async (bed) => {
			const { control } = bed.simulator.moyasar;
			control.addPayment();
			const seconds = Array.from({ length: 60 }, (_, second) => second);
			const { startedBy } = await bed.publishTrigger(
				moyasarNode('Moyasar Trigger', 'moyasarTrigger', { pollTimes: pollAtSeconds(seconds) }),
			);
			const polls = () => control.requests().filter(({ answeredAt }) => answeredAt !== null).length;
			const before = polls();
			await until('a poll', () => polls() > before || undefined);

			const ids = [control.addPayment().id, control.addPayment().id];

			await startedBy(2);
			const after = polls();
			await until('another poll', () => polls() > after + 1 || undefined);
			assert.deepEqual(
				(await startedBy(2)).map(({ id }) => id),
				ids,
			);
		},
	},
];
