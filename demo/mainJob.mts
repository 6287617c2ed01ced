import { z } from 'zod';
import { type Checkout, runCheckout } from './checkout.mts';
import { changeNode, fillInSettings, productionUrl, readExample } from '../harness/examples.mts';
import type { Credential, N8nApi, WorkflowJson } from '../harness/n8n/api.mts';
import { outputOf, type Services, type Step } from './services.mts';
import { runWebhook, type WebhookExamples, type WebhookJob } from './webhook.mts';

/** What was seen to happen. */
export interface MainJob {
	/** Where a person fills in the form that begins a checkout. */
	formUrl: string;
	checkout: Checkout;
	webhook: WebhookJob;
	/** The RsomPay Trigger's production URL. */
	notificationUrl: string;
}

const merchant = {
	sender_email: 'payments@partner.example.com',
	recipient_email: 'you@partner.example.com',
};

/**
 * The main job on a real n8n, with the example workflows: from checkout to confirmed in one
 * execution that waits for its payment; and beside it, what a trigger does on a signed webhook.
 * @throws Error naming what did not happen, or not in time.
 */
export async function runMainJob(
	services: Services,
	step: Step = async (_title, work) => await work(() => undefined),
): Promise<MainJob> {
	// As the guide says: the customer comes back first, the webhook follows later.
	services.simulator.control.configure({ webhookDelayMs: 1_000 });
	const { checkout, ...others } = await step(
		'Import and publish the example workflows',
		async (see) => {
			const installed = await installExamples(services);
			see(`Form: ${installed.checkout.formUrl}`);
			return installed;
		},
	);
	return {
		formUrl: checkout.formUrl,
		notificationUrl: others.notificationUrl,
		checkout: await runCheckout(services, checkout, step),
		webhook: await runWebhook(services, others, step),
	};
}

/** Imports four examples, fills in what their notes ask for, and publishes them. */
async function installExamples({
	n8n: { api, url },
	simulator,
	mail,
}: Services): Promise<WebhookExamples & { checkout: { id: string; formUrl: string } }> {
	const credentials = [
		await api.createCredential('rsomPayApi', 'RsomPay account', {
			environment: 'custom',
			baseUrl: simulator.apiBaseUrl,
			apiToken: simulator.apiToken,
			signingSecret: simulator.signingSecret,
		}),
		await api.createCredential('smtp', 'SMTP account', {
			host: '127.0.0.1',
			port: mail.port,
			secure: false,
			disableStartTls: true,
		}),
	];
	const sync = await readExample('sync-paid-invoices-to-data-table');
	const syncId = await api.importWorkflow(sync, credentials);
	const tableId = await makeTable(api, syncId);
	await api.publish(syncId);

	const email = changeNode(
		fillInSettings(await readExample('email-on-payment-completed'), merchant),
		'Also update the table',
		(node) => ({
			...node,
			disabled: false,
			parameters: {
				...node.parameters,
				workflowId: { __rl: true, mode: 'list', value: syncId, cachedResultName: sync.name },
			},
		}),
	);
	const notificationUrl = productionUrl(url, email, 'RsomPay Trigger');
	const create = fillInSettings(await readExample('create-invoice-and-email-link'), {
		notification_url: notificationUrl,
		return_url: notificationUrl,
		sender_email: merchant.sender_email,
	});
	const checkout = await readExample('checkout-in-one-workflow');
	return {
		checkout: await publishForm(api, url, checkout, credentials),
		create: await publishForm(api, url, create, credentials),
		email: { id: await publish(api, email, credentials) },
		notificationUrl,
		tableId,
	};
}

async function publishForm(
	api: N8nApi,
	url: string,
	workflow: WorkflowJson,
	credentials: Credential[],
) {
	const id = await publish(api, workflow, credentials);
	return { id, formUrl: productionUrl(url, workflow, 'Invoice form') };
}

async function publish(api: N8nApi, workflow: WorkflowJson, credentials: Credential[]) {
	const id = await api.importWorkflow(workflow, credentials);
	await api.publish(id);
	return id;
}

async function makeTable(api: N8nApi, workflowId: string): Promise<string> {
	const execution = await api.runManually(workflowId, 'Make the table');
	return z.object({ id: z.string() }).parse(outputOf(execution, 'Create the table')).id;
}
