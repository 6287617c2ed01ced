import { Agent } from 'node:http';
import axios, { type AxiosInstance } from 'axios';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { Credential } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { alternate, type Comparison, elapsed, median, OURS } from './measure.mts';
import type { SimulatorAddress } from './simulatorProcess.mts';
import { actionOf, httpRequest, itemsWorkflow } from './workflows.mts';

const INVOICES = 200;

const CONCURRENCY = 20;

const PAGE = 100;

const ROUNDS = 15;

const pageSchema = z.object({
	data: z.array(z.unknown()),
	meta: z.object({ last_page: z.number() }),
});

/** Compares creating and listing with plain axios and with n8n's own HTTP Request node. */
export async function measureRequests(
	n8n: N8n,
	credential: Credential,
	simulator: SimulatorAddress,
): Promise<Comparison[]> {
	const plain = axios.create({
		baseURL: simulator.apiBaseUrl,
		headers: { Authorization: `Bearer ${simulator.apiToken}` },
		httpAgent: new Agent({ keepAlive: true }),
		proxy: false,
	});
	return [
		...(await measureCreates(n8n, credential, simulator, plain)),
		...(await measureLists(n8n, credential, simulator, plain)),
	];
}

async function measureCreates(
	n8n: N8n,
	credential: Credential,
	simulator: SimulatorAddress,
	plain: AxiosInstance,
): Promise<Comparison[]> {
	const create = {
		resource: 'invoice',
		operation: 'create',
		externalId: '={{ $json.id }}',
		customerId: 'CUST-1',
		customerFullName: 'Ahmed Ali',
		lineItems: { item: [{ description: 'Service fee', unitPrice: 100 }] },
		notificationUrl: 'https://partner.example.com/webhooks/rsom',
		returnUrl: 'https://partner.example.com/payment/return',
	};
	const body = (externalId: string) => ({
		external_id: externalId,
		customer: { id: 'CUST-1', fullname: 'Ahmed Ali' },
		items: [{ description: 'Service fee', unit_price: 100 }],
		notification_url: create.notificationUrl,
		return_url: create.returnUrl,
	});
	const ours = await itemsWorkflow(
		n8n,
		INVOICES,
		actionOf('n8n-nodes-rsompay.rsomPay', credential, create),
	);
	const theirs = await itemsWorkflow(
		n8n,
		INVOICES,
		httpRequest(credential, {
			method: 'POST',
			url: `${simulator.apiBaseUrl}/invoices`,
			sendBody: true,
			specifyBody: 'json',
			jsonBody: `={{ ${JSON.stringify(body('ID')).replace('"ID"', '$json.id')} }}`,
		}),
	);
	const times = await alternate(ROUNDS, {
		ours: async () => await ours(INVOICES),
		axios: async () => {
			const limit = pLimit(CONCURRENCY);
			const run = crypto.randomUUID();
			return await elapsed(async () => {
				await Promise.all(
					Array.from({ length: INVOICES }, (_, index) =>
						limit(async () => await plain.post('/invoices', body(`${run}-${index}`))),
					),
				);
			});
		},
		theirs: async () => await theirs(INVOICES),
	});
	return compare(`${INVOICES} creates`, times, { atMost: 1.25 }, { atMost: 1 });
}

async function measureLists(
	n8n: N8n,
	credential: Credential,
	simulator: SimulatorAddress,
	plain: AxiosInstance,
): Promise<Comparison[]> {
	const total = 5_000;
	const readPage = async (page: number) =>
		pageSchema.parse(
			(
				await plain.get<unknown>('/transactions', {
					params: { customer_id: simulator.customerId, page, per_page: PAGE },
				})
			).data,
		);
	const list = {
		resource: 'transaction',
		operation: 'getAll',
		customerId: simulator.customerId,
		returnAll: true,
	};
	const ours = await itemsWorkflow(n8n, 1, actionOf('n8n-nodes-rsompay.rsomPay', credential, list));
	const theirs = await itemsWorkflow(
		n8n,
		1,
		httpRequest(credential, {
			url: `${simulator.apiBaseUrl}/transactions`,
			sendQuery: true,
			queryParameters: {
				parameters: [
					{ name: 'customer_id', value: simulator.customerId },
					{ name: 'per_page', value: PAGE },
				],
			},
			options: {
				pagination: {
					pagination: {
						paginationMode: 'updateAParameterInEachRequest',
						parameters: {
							parameters: [{ type: 'qs', name: 'page', value: '={{ $pageCount + 1 }}' }],
						},
						paginationCompleteWhen: 'other',
						completeExpression:
							'={{ $response.body.meta.current_page >= $response.body.meta.last_page }}',
						limitPagesFetched: false,
					},
				},
			},
		}),
	);
	const times = await alternate(ROUNDS, {
		ours: async () => await ours(total),
		axios: async () => {
			const limit = pLimit(CONCURRENCY);
			return await elapsed(async () => {
				const first = await readPage(1);
				const rest = await Promise.all(
					Array.from({ length: first.meta.last_page - 1 }, (_, index) =>
						limit(async () => await readPage(index + 2)),
					),
				);
				const count = [first, ...rest].reduce((sum, { data }) => sum + data.length, 0);
				if (count !== total) throw new Error(`axios read ${count} transactions`);
			});
		},
		theirs: async () => await theirs(total / PAGE),
	});
	return compare(`${total} transactions`, times, { atMost: 1.25 }, { atMost: 1 / 8 });
}

function compare(
	what: string,
	times: Record<'ours' | 'axios' | 'theirs', number[]>,
	axiosLimit: Comparison['limit'],
	theirLimit: Comparison['limit'],
): Comparison[] {
	const [ours, plain, theirs] = [times.ours, times.axios, times.theirs].map(median) as [
		number,
		number,
		number,
	];
	return [
		{
			what: `${what}, compared with plain axios at the same concurrency`,
			measured: `${ours.toFixed(0)} ms, axios ${plain.toFixed(0)} ms`,
			ratio: ours / plain,
			limit: axiosLimit,
			bars: { title: `${what}, in ms`, lengths: { [OURS]: ours, 'plain axios': plain } },
		},
		{
			what: `${what}, compared with n8n's HTTP Request node in the same n8n`,
			measured: `${ours.toFixed(0)} ms, HTTP Request ${theirs.toFixed(0)} ms (${(theirs / ours).toFixed(1)} times as long)`,
			ratio: ours / theirs,
			limit: theirLimit,
			bars: { title: `${what}, in ms`, lengths: { [OURS]: ours, 'HTTP Request node': theirs } },
		},
	];
}
