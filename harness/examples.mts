import { readdir, readFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { z } from 'zod';
import { itemsOf, type N8nApi, type WorkflowJson, workflowSchema } from './n8n/api.mts';

const folder = resolve(import.meta.dirname, '../examples');
const tableSchema = z.object({ id: z.string() });
const settingsSchema = z
	.object({
		assignments: z.object({
			assignments: z.array(z.object({ name: z.string(), value: z.unknown() }).passthrough()),
		}),
	})
	.passthrough();

/** Values for the form of the examples that create an invoice, by label. */
export const formValues = {
	'Customer number': 'CUST-9',
	'Customer name': 'Ahmed Ali',
	'Customer e-mail': 'customer@example.com',
	'What is it for?': 'Service fee',
	'Amount before VAT (SAR)': '100.10',
};

/** The names of all examples, sorted. */
export async function exampleNames(): Promise<string[]> {
	return (await readdir(folder)).map((file) => parse(file).name).sort();
}

/** Reads a workflow of examples/ by its file name without ".json". */
export async function readExample(name: string): Promise<WorkflowJson> {
	return workflowSchema.parse(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')));
}

/**
 * Fills in the node "Your settings" of an example, as its user does.
 * @throws Error when the example has no setting with such a name.
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
 * Unpins sample data, as a user does before a manual run with their own data.
 * @param names of the nodes. Default: all.
 */
export function unpin(workflow: WorkflowJson, names?: readonly string[]): WorkflowJson {
	const pinned = Object.entries(workflow.pinData ?? {});
	const kept = pinned.filter(([name]) => names && !names.includes(name));
	return { ...workflow, pinData: Object.fromEntries(kept) };
}

/**
 * Creates the data table of an example, by running it from its node "Make the table".
 * @returns the table's ID.
 */
export async function createTable(api: N8nApi, workflowId: string): Promise<string> {
	const { nodes } = await api.runManually(workflowId, 'Make the table');
	const [table] = itemsOf(nodes['Create the table']);
	return tableSchema.parse(table).id;
}

/**
 * Chooses the workflow that a node calls, and activates the node.
 * @throws Error when the workflow has no node with that name.
 */
export function chooseWorkflow(workflow: WorkflowJson, name: string, id: string): WorkflowJson {
	return changeNode(workflow, name, (node) => ({
		...node,
		disabled: false,
		parameters: { ...node.parameters, workflowId: { __rl: true, mode: 'id', value: id } },
	}));
}

/**
 * Copies a workflow with one of its nodes changed.
 * @throws Error when it has no node with that name.
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

/**
 * Returns the production URL of a trigger, as its panel shows it.
 * @throws Error when the node has none.
 */
export function productionUrl(n8nUrl: string, workflow: WorkflowJson, name: string): string {
	const { type, webhookId } = findNode(workflow, name);
	if (webhookId === undefined) throw new Error(`"${name}" has no production URL.`);
	return type === 'n8n-nodes-base.formTrigger'
		? `${n8nUrl}/form/${webhookId}`
		: `${n8nUrl}/webhook/${webhookId}/webhook`;
}

/**
 * Returns the node of that name.
 * @throws Error when there is none.
 */
export function findNode(workflow: WorkflowJson, name: string): WorkflowJson['nodes'][number] {
	const node = workflow.nodes.find((candidate) => candidate.name === name);
	if (node === undefined) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return node;
}
