import { randomUUID } from 'node:crypto';
import { rsomPayData } from '../harness/credentials.mts';
import type { N8nApi } from '../harness/n8n/api.mts';
import { chain, node, type NodeJson } from '../harness/workflows.mts';

/** Signs the deliveries. */
export const SIGNING_SECRET = 'a-signing-secret-of-the-benchmark';

/** A published workflow that consists of a trigger only. */
export interface Trigger {
	workflowId: string;
	/** The path of its production URL. */
	path: string;
}

/** A RsomPay Trigger, and a trigger that does nothing in two versions. */
export type Triggers = Record<'ours' | 'plain' | 'plainV2', Trigger>;

/**
 * Publishes the triggers that are compared. n8n evaluates one expression more for a trigger of
 * typeVersion 1, which most triggers have, than for one of typeVersion 2, which ours has.
 */
export async function publishTriggers(api: N8nApi): Promise<Triggers> {
	const { type, id, name } = await api.createCredential(
		'rsomPayApi',
		'RsomPay account of the triggers',
		// A delivery makes the trigger send no request.
		rsomPayData({
			apiBaseUrl: 'http://127.0.0.1:9',
			apiToken: 'unused',
			signingSecret: SIGNING_SECRET,
		}),
	);
	return {
		ours: await publish(api, 'n8n-nodes-rsompay.rsomPayTrigger', {
			typeVersion: 2,
			parameters: { events: ['payment.completed'] },
			credentials: { [type]: { id, name } },
		}),
		plain: await publish(api, 'CUSTOM.baseline', { typeVersion: 1 }),
		plainV2: await publish(api, 'CUSTOM.baseline', { typeVersion: 2 }),
	};
}

async function publish(api: N8nApi, type: string, rest: Partial<NodeJson>): Promise<Trigger> {
	const webhookId = randomUUID();
	const workflowId = await api.importAndPublish({
		...chain(node('Trigger', type, {}, { webhookId, ...rest })),
		// The webhook is measured, not how an execution is stored.
		settings: { saveDataSuccessExecution: 'none' },
	});
	return { workflowId, path: `/webhook/${webhookId}/webhook` };
}
