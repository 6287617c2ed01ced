import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type WorkflowJson, workflowSchema } from './n8n/api.mts';

const folder = resolve(import.meta.dirname, '../examples');
const settingsSchema = z
	.object({
		assignments: z.object({
			assignments: z.array(z.object({ name: z.string(), value: z.unknown() }).passthrough()),
		}),
	})
	.passthrough();

/** What is filled into the form of the examples that create an invoice, by label. */
export const formAnswers = {
	'Customer number': 'CUST-9',
	'Customer name': 'Ahmed Ali',
	'Customer e-mail': 'customer@example.com',
	'What is it for?': 'Service fee',
	'Amount before VAT (SAR)': '100.10',
};

/** Reads a workflow of examples/ by its file name without ".json". */
export async function readExample(name: string): Promise<WorkflowJson> {
	return workflowSchema.parse(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')));
}

/**
 * Fills in the node "Your settings" of an example, as its user does.
 * @throws Error when the example has no setting of such a name.
 */
export function fillInSettings(
	workflow: WorkflowJson,
	values: Record<string, string | number>,
): WorkflowJson {
	return changeNode(workflow, 'Your settings', (node) => {
		const { assignments, ...parameters } = settingsSchema.parse(node.parameters);
		const rows = assignments.assignments;
		const unknown = Object.keys(values).find((name) => !rows.some((row) => row.name === name));
		if (unknown !== undefined) throw new Error(`"${workflow.name}" has no setting "${unknown}".`);
		return {
			...node,
			parameters: {
				...parameters,
				assignments: {
					assignments: rows.map((row) => ({ ...row, value: values[row.name] ?? row.value })),
				},
			},
		};
	});
}

/**
 * A copy of a workflow with one of its nodes changed.
 * @throws Error when it has no node of that name.
 */
export function changeNode(
	workflow: WorkflowJson,
	name: string,
	change: (node: WorkflowJson['nodes'][number]) => WorkflowJson['nodes'][number],
): WorkflowJson {
	findNode(workflow, name);
	return {
		...workflow,
		nodes: workflow.nodes.map((node) => (node.name === name ? change(node) : node)),
	};
}

/** The production URL of a node of an example, as its panel shows it. */
export function productionUrl(n8nUrl: string, workflow: WorkflowJson, name: string): string {
	const { type, webhookId } = findNode(workflow, name);
	if (webhookId === undefined) throw new Error(`"${name}" has no production URL.`);
	return type === 'n8n-nodes-base.formTrigger'
		? `${n8nUrl}/form/${webhookId}`
		: `${n8nUrl}/webhook/${webhookId}/webhook`;
}

function findNode(workflow: WorkflowJson, name: string) {
	const node = workflow.nodes.find((candidate) => candidate.name === name);
	if (node === undefined) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return node;
}
