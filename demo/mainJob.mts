import { rsomPayData, smtpData } from '../harness/credentials.mts';
import {
	changeNode,
	createTable,
	fillInSettings,
	productionUrl,
	readExample,
} from '../harness/examples.mts';
import type { Credential, WorkflowJson } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { type Checkout, runCheckout } from '../harness/checkout.mts';
import type { Services, Step } from '../harness/services.mts';
import { runWebhook, type WebhookExamples, type WebhookJob } from './webhook.mts';

/** The results of the main job. */
export interface MainJob {
	/** The URL of the form that starts a checkout. */
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
 * Runs the main job on a real n8n, with the example workflows: a checkout in one execution that
 * waits for its payment, and a workflow that a signed webhook starts.
 * @throws Error that names what did not happen in time.
 */
export async function runMainJob(
	services: Services,
	step: Step = async (_title, work) => await work(() => undefined),
): Promise<MainJob> {
	// API guide: the customer returns first, the webhook follows later.
	services.simulator.control.configure({ webhookDelayMs: 1_000 });
	const { checkout, ...others } = await step(
		'Import and publish the example workflows',
		async (report) => {
			const installed = await installExamples(services);
			report(`Form: ${installed.checkout.formUrl}`);
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

/** Imports four examples, configures them as their notes say, and publishes them. */
async function installExamples({
	n8n,
	simulator,
	mail,
}: Services): Promise<WebhookExamples & { checkout: { id: string; formUrl: string } }> {
	const { api } = n8n;
	const credentials = [
		await api.createCredential('rsomPayApi', 'RsomPay account', rsomPayData(simulator)),
		await api.createCredential('smtp', 'SMTP account', smtpData(mail.port)),
	];
	const sync = await readExample('sync-paid-invoices-to-data-table');
	const syncId = await api.importWorkflow(sync, credentials);
	const tableId = await createTable(api, syncId);
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
	const notificationUrl = productionUrl(n8n.url, email, 'RsomPay Trigger');
	const create = fillInSettings(await readExample('create-invoice-and-email-link'), {
		notification_url: notificationUrl,
		return_url: notificationUrl,
		sender_email: merchant.sender_email,
	});
	const checkout = await readExample('checkout-in-one-workflow');
	return {
		checkout: await publishForm(n8n, checkout, credentials),
		create: await publishForm(n8n, create, credentials),
		email: { id: await api.importAndPublish(email, credentials) },
		notificationUrl,
		tableId,
	};
}

async function publishForm({ api, url }: N8n, workflow: WorkflowJson, credentials: Credential[]) {
	const id = await api.importAndPublish(workflow, credentials);
	return { id, formUrl: productionUrl(url, workflow, 'Invoice form') };
}
