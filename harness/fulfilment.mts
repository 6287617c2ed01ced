import axios from 'axios';
import { z } from 'zod';
import { exampleInvoiceRequest, type Invoice, type Simulator } from '../simulator/index.mts';
import { chooseWorkflow, fillInSettings, findNode, readExample } from './examples.mts';
import type { Credential, N8nApi } from './n8n/api.mts';
import type { N8n } from './n8n/n8n.mts';
import { chain, node } from './workflows.mts';

const resultSchema = z.object({
	external_id: z.string(),
	fulfilled: z.boolean(),
	repeated: z.boolean(),
});

/** What a call of the example "fulfil once" did. */
export type FulfilmentResult = z.infer<typeof resultSchema>;

/** Creates an invoice through RsomPay's API, without n8n: the API guide's example with changes. */
export async function issueInvoice(
	{ apiBaseUrl, apiToken }: Pick<Simulator, 'apiBaseUrl' | 'apiToken'>,
	changes: Partial<typeof exampleInvoiceRequest> = {},
): Promise<void> {
	const body = { ...exampleInvoiceRequest, ...changes };
	await axios.post(`${apiBaseUrl}/invoices`, body, {
		headers: { Authorization: `Bearer ${apiToken}` },
		proxy: false,
	});
}

/**
 * Imports and publishes the example "fulfil once".
 * @returns its ID.
 */
export async function publishFulfilOnce(
	api: N8nApi,
	credentials: Credential[],
	settings: Record<string, string | number> = {},
): Promise<string> {
	const workflow = fillInSettings(await readExample('fulfil-once'), settings);
	return await api.importAndPublish(workflow, credentials);
}

/** A workflow that hands invoices over to "fulfil once". */
export interface Channel {
	id: string;
	/** Hands over an invoice, and waits for what "fulfil once" did. */
	call(invoice: Invoice): Promise<FulfilmentResult>;
}

/**
 * Publishes a workflow that calls "fulfil once" with each invoice that is posted to it.
 * @param path of its webhook; a path can be published only once.
 */
export async function publishChannel(
	{ api, url }: N8n,
	fulfilOnceId: string,
	path: string,
): Promise<Channel> {
	const { parameters, ...call } = findNode(
		await readExample('return-page-with-fulfilment'),
		'Fulfil once',
	);
	const workflow = chain(
		node(
			'Webhook',
			'n8n-nodes-base.webhook',
			{ path, httpMethod: 'POST', responseMode: 'lastNode', options: {} },
			{ typeVersion: 2, webhookId: path },
		),
		{
			...call,
			parameters: {
				...parameters,
				workflowInputs: {
					...z.record(z.unknown()).parse(parameters.workflowInputs),
					value: { invoice: '={{ $json.body }}' },
				},
			},
		},
	);
	const id = await api.importAndPublish(chooseWorkflow(workflow, 'Fulfil once', fulfilOnceId));
	return {
		id,
		call: async (invoice) => {
			const { data } = await axios.post<unknown>(`${url}/webhook/${path}`, invoice, {
				proxy: false,
				timeout: 120_000,
			});
			return resultSchema.parse(data);
		},
	};
}
