import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Simulator } from '../simulator/index.mts';
import {
	changeNode,
	chooseWorkflow,
	fillInSettings,
	findNode,
	productionUrl,
	readExample,
} from './examples.mts';
import { type Credential, itemsOf, type WorkflowJson } from './n8n/api.mts';
import type { N8n } from './n8n/n8n.mts';
import { until } from './n8n/until.mts';
import { chain, node } from './workflows.mts';

export interface MissedWebhooksSettings {
	/** How many invoices are created and paid; of ten, three webhooks are lost and one is doubled. */
	invoices: number;
	/** How many times n8n is killed and started again. */
	kills: number;
	/** How many payments with a webhook are on their way to the shop at most. */
	atOnce: number;
	/** The time between two runs of the sweep. */
	sweepSeconds: number;
	/** How long the sweep leaves an invoice alone before it asks, and asks again. */
	askAfterSeconds: number;
	/** The longest time from the last payment to the end. */
	timeoutMs: number;
}

export interface MissedWebhooksOutcome {
	/** Payments that RsomPay sent no webhook of. */
	lost: number;
	/** Those of them whose orders were fulfilled: only the sweep could know of them. */
	lostAndFulfilled: number;
	/** Payments that RsomPay sent each webhook of twice. */
	doubled: number;
	/** Orders that the shop has fulfilled. */
	fulfilled: number;
	/** Requests to fulfil an order again that do not say that an earlier run broke off. */
	fulfilledTwice: number;
	/** Requests to fulfil an order again that say so. */
	repeated: number;
	/** Orders that the finished runs of the sweep report as healed. */
	reportedHealed: number;
	/** Rows of the data table that are not fulfilled at the end. */
	rowsLeft: number;
	/** The longest time from a payment to its fulfilment. */
	slowestSeconds: number;
}

/** How long a claim of the example "fulfil once" holds here. */
const CLAIM_MINUTES = 0.5;

const isLost = (index: number) => [2, 5, 9].includes(index % 10);
const isDoubled = (index: number) => index % 10 === 7;

/**
 * Creates and pays invoices while webhooks are lost and n8n is killed, with the examples "return
 * page with fulfilment", "fulfil once" and "sweep of open invoices", until no order is open.
 * @param credentials of RsomPay and SMTP.
 * @throws Error when the invoices cannot be created.
 */
export async function runMissedWebhooks(
	{ n8n, simulator: { control } }: { n8n: N8n; simulator: Simulator },
	credentials: Credential[],
	settings: MissedWebhooksSettings,
	report: (line: string) => void,
): Promise<MissedWebhooksOutcome> {
	const { api } = n8n;
	control.configure({
		events: ['payment.completed'],
		// Long enough for n8n to start again.
		retryDelaysMs: [1_000, 3_000, 6_000, 12_000, 24_000, 48_000],
	});
	const shop = await startShop();
	try {
		const fulfilOnceId = await api.importAndPublish(await fulfilInShop(shop.url), credentials);
		const page = chooseWorkflow(
			await readExample('return-page-with-fulfilment'),
			'Fulfil once',
			fulfilOnceId,
		);
		const pageId = await api.importAndPublish(page, credentials);
		const ids = Array.from({ length: settings.invoices }, (_, index) => `ORDER-${index + 1}`);
		report(`Noting and creating ${ids.length} invoices`);
		await noteAndCreate(n8n, credentials, ids, {
			url: productionUrl(n8n.url, page, 'RsomPay Trigger'),
			seconds: settings.askAfterSeconds,
		});
		const sweepId = await api.importAndPublish(
			await frequentSweep(fulfilOnceId, settings),
			credentials,
		);

		const paidAt = await payAll(n8n, control, ids, shop, settings, report);

		report(`All are paid, and ${shop.fulfilledAt.size} orders are fulfilled`);
		const deadline = Date.now() + settings.timeoutMs;
		let rowsLeft = ids.length;
		while (rowsLeft > 0 && Date.now() < deadline) {
			await sleep(2_000);
			rowsLeft = await countOpenRows(n8n);
		}
		await control.settleDeliveries({ timeoutMs: settings.timeoutMs });
		await api.unpublish(pageId);
		await api.unpublish(sweepId);
		const isFulfilled = (id: string) => shop.fulfilledAt.has(id);
		const seconds = ids.map(
			(id) => ((shop.fulfilledAt.get(id) ?? Date.now()) - (paidAt.get(id) ?? 0)) / 1_000,
		);
		const lost = ids.filter((_, index) => isLost(index));
		return {
			lost: lost.length,
			lostAndFulfilled: lost.filter(isFulfilled).length,
			doubled: ids.filter((_, index) => isDoubled(index)).length,
			fulfilled: ids.filter(isFulfilled).length,
			fulfilledTwice: shop.furtherRequests.filter(({ repeated }) => !repeated).length,
			repeated: shop.furtherRequests.filter(({ repeated }) => repeated).length,
			reportedHealed: await sumHealed(n8n, sweepId),
			rowsLeft,
			slowestSeconds: Math.max(...seconds),
		};
	} finally {
		shop.close();
	}
}

/**
 * Pays all invoices, as fast as n8n acts on their webhooks, and kills n8n at regular intervals;
 * returns the times of the payments.
 */
async function payAll(
	n8n: N8n,
	control: Simulator['control'],
	ids: string[],
	{ fulfilledAt }: Shop,
	{ kills, atOnce }: MissedWebhooksSettings,
	report: (line: string) => void,
): Promise<Map<string, number>> {
	report('Paying them');
	const paidAt = new Map<string, number>();
	const perLife = Math.ceil(ids.length / (kills + 1));
	let onTheirWay: string[] = [];
	let restarting = Promise.resolve();
	for (const [index, id] of ids.entries()) {
		control.clearFaults();
		if (isLost(index)) control.injectFault({ kind: 'lost-webhook' });
		else onTheirWay.push(id);
		if (isDoubled(index)) control.injectFault({ kind: 'duplicate' });
		control.payInvoice(id);
		paidAt.set(id, Date.now());
		if (index > 0 && index % perLife === 0) {
			await restarting;
			report(`Killing n8n after ${index + 1} payments`);
			await n8n.kill();
			// What the kill interrupted is left to the sweep.
			onTheirWay = [];
			restarting = n8n.restart();
		}
		await until(
			'n8n to act on webhooks',
			() => {
				onTheirWay = onTheirWay.filter((one) => !fulfilledAt.has(one));
				return onTheirWay.length < atOnce || undefined;
			},
			180_000,
		);
	}
	control.clearFaults();
	await restarting;
	return paidAt;
}

interface Shop {
	url: string;
	/** When each order was fulfilled, by the external ID of its invoice. */
	fulfilledAt: Map<string, number>;
	/** The requests for orders that were fulfilled already. */
	furtherRequests: Array<{ repeated: boolean }>;
	close(): void;
}

/** Starts a shop that fulfils an order once for each Idempotency-Key, and counts the requests. */
async function startShop(): Promise<Shop> {
	const fulfilledAt = new Map<string, number>();
	const furtherRequests: Shop['furtherRequests'] = [];
	const server = createServer((request, response) => {
		const { 'idempotency-key': id, 'x-repeated': repeated } = request.headers;
		if (typeof id !== 'string') {
			response.writeHead(400).end();
			return;
		}
		if (fulfilledAt.has(id)) furtherRequests.push({ repeated: repeated === 'true' });
		else fulfilledAt.set(id, Date.now());
		request.resume();
		response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		fulfilledAt,
		furtherRequests,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}

/** The example "fulfil once", with a request to the shop in place of its e-mail. */
async function fulfilInShop(url: string): Promise<WorkflowJson> {
	const workflow = fillInSettings(await readExample('fulfil-once'), {
		claim_minutes: CLAIM_MINUTES,
	});
	const header = (name: string, value: string) => ({ name, value });
	return changeNode(workflow, 'Email the order', (email) => ({
		...email,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		credentials: undefined,
		parameters: {
			method: 'POST',
			url,
			sendHeaders: true,
			headerParameters: {
				parameters: [
					header('Idempotency-Key', '={{ $json.invoice.external_id }}'),
					header('X-Repeated', '={{ $json.repeated }}'),
				],
			},
			options: {},
		},
	}));
}

/** The example "sweep of open invoices", with seconds where it has minutes. */
async function frequentSweep(
	fulfilOnceId: string,
	{ sweepSeconds, askAfterSeconds }: MissedWebhooksSettings,
): Promise<WorkflowJson> {
	const workflow = fillInSettings(await readExample('sweep-open-invoices'), {
		ask_after_minutes: askAfterSeconds / 60,
		per_run: 50,
		grace_seconds: 2,
	});
	return chooseWorkflow(
		changeNode(workflow, 'Every 15 minutes', (schedule) => ({
			...schedule,
			parameters: { rule: { interval: [{ field: 'seconds', secondsInterval: sweepSeconds }] } },
		})),
		'Fulfil once',
		fulfilOnceId,
	);
}

/** Creates invoices with the nodes of the example that creates one, many in a run. */
async function noteAndCreate(
	{ api }: N8n,
	credentials: Credential[],
	ids: string[],
	{ url, seconds }: { url: string; seconds: number },
): Promise<void> {
	const example = await readExample('create-invoice-and-email-link');
	const note = findNode(example, 'Note the invoice');
	const create = findNode(example, 'Create invoice');
	const { columns, ...rest } = note.parameters;
	const id = '={{ $json.external_id }}';
	const workflow = chain(
		node('Manual Trigger', 'n8n-nodes-base.manualTrigger'),
		findNode(example, 'Make the table'),
		node(
			'List',
			'n8n-nodes-base.set',
			{
				mode: 'raw',
				jsonOutput: JSON.stringify({ items: ids.map((external_id) => ({ external_id })) }),
				options: {},
			},
			{ typeVersion: 3.4 },
		),
		node('Items', 'n8n-nodes-base.splitOut', { fieldToSplitOut: 'items', options: {} }),
		{
			...note,
			parameters: {
				...rest,
				filters: { conditions: [{ keyName: 'external_id', condition: 'eq', keyValue: id }] },
				columns: {
					...z.record(z.unknown()).parse(columns),
					value: {
						external_id: id,
						check_at: `={{ $now.plus({ seconds: ${seconds} }).toUTC().toISO() }}`,
					},
				},
			},
		},
		{
			...create,
			parameters: {
				resource: 'invoice',
				operation: 'create',
				externalId: id,
				customerId: 'CUST-9',
				customerFullName: 'Ahmed Ali',
				lineItems: { item: [{ description: 'Service fee', unitPrice: 100 }] },
				afterPayment: 'start',
				notificationUrl: url,
				returnUrl: url,
				additionalFields: {},
				options: {},
			},
		},
	);
	const workflowId = await api.importWorkflow(workflow, credentials);
	const { status, error } = await api.runManually(workflowId, 'Manual Trigger', 600_000);
	if (status !== 'success') throw new Error(`The invoices were not created: ${error?.message}`);
}

/** Counts the rows of the data table that are not fulfilled. */
async function countOpenRows({ api }: N8n): Promise<number> {
	const get = findNode(await readExample('sweep-open-invoices'), 'Open too long');
	const workflow = chain(node('Manual Trigger', 'n8n-nodes-base.manualTrigger'), {
		...get,
		parameters: {
			...get.parameters,
			dataTableId: { __rl: true, mode: 'name', value: 'RsomPay orders' },
			filters: { conditions: [{ keyName: 'state', condition: 'neq', keyValue: 'fulfilled' }] },
			returnAll: true,
		},
	});
	const id = await api.importWorkflow(workflow);
	const { nodes } = await api.runManually(id, 'Manual Trigger');
	return itemsOf(nodes[get.name]).length;
}

/** Adds up what the runs of the sweep report; a run that was killed has no report. */
async function sumHealed({ api }: N8n, sweepId: string): Promise<number> {
	const runs = await api.executions(sweepId);
	let healed = 0;
	for (const run of runs) {
		const { nodes } = await api.execution(run.id);
		for (const item of itemsOf(nodes.Report)) healed += z.number().parse(item.healed);
	}
	return healed;
}
