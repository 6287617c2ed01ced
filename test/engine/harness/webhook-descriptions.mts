import {
	type INode,
	type IWebhookData,
	type IWebhookDescription,
	NodeHelpers,
	resolveWebhookDescriptionField,
	type Workflow,
} from 'n8n-workflow';
import { z } from 'zod';

import { additionalDataOf, type N8n } from './n8n.mts';

type Option =
	| 'path'
	| 'httpMethod'
	| 'isFullPath'
	| 'restartWebhook'
	| 'responseMode'
	| 'responseCode'
	| 'responseData';

/**
 * Reads one option of a webhook's description, and resolves expressions as n8n does.
 */
export function webhookOption(
	workflow: Workflow,
	node: INode,
	description: IWebhookDescription,
	option: Option,
): unknown {
	const native = resolveWebhookDescriptionField(node, description, option);
	if (native.resolved) return native.value;
	const value = description[option];
	return workflow.expression.getSimpleParameterValue(node, value, 'webhook', {});
}

/** The webhooks of a node, built from its description as n8n's WebhookService does. */
export function webhooksOf(n8n: N8n, workflow: Workflow, node: INode): IWebhookData[] {
	const { description } = n8n.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	return (description.webhooks ?? []).map((webhookDescription) => {
		const option = (name: Option) => webhookOption(workflow, node, webhookDescription, name);
		const path = z
			.string()
			.parse(option('path'))
			.trim()
			.replace(/^\/|\/$/g, '');
		const isFullPath = option('isFullPath') === true;
		const restarts = option('restartWebhook') === true;
		return {
			httpMethod: z.enum(['GET', 'POST']).parse(option('httpMethod') ?? 'GET'),
			node: node.name,
			path: NodeHelpers.getNodeWebhookPath(workflow.id, node, path, isFullPath, restarts),
			webhookDescription,
			workflowId: workflow.id,
			workflowExecuteAdditionalData: additionalDataOf(n8n),
		};
	});
}
