import { z } from 'zod';
import type { Simulator } from '../simulator/index.mts';
import type { MailServer } from '../harness/mail.mts';
import type { Execution, N8nApi } from '../harness/n8n/api.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { until } from '../harness/n8n/until.mts';

/** What has to run for the demo's jobs. */
export interface Services {
	n8n: N8n;
	simulator: Simulator;
	mail: MailServer;
}

/**
 * Does one step of a job and tells of it.
 * @param title says what the step does.
 * @param work does it; `see` is given a line for everything that was seen to happen.
 */
export type Step = <T>(
	title: string,
	work: (see: (line: string) => void) => Promise<T>,
) => Promise<T>;

const invoiceSchema = z.object({
	external_id: z.string(),
	reference_number: z.string(),
	amount: z.number(),
	payment_url: z.string(),
});

/** Of an invoice, what the jobs look at. */
export type CreatedInvoice = z.infer<typeof invoiceSchema>;

/**
 * The invoice that the only execution of a workflow has created, once its form has ended.
 * @throws Error when it has created none.
 */
export async function createdInvoice(api: N8nApi, workflowId: string): Promise<CreatedInvoice> {
	return invoiceSchema.parse(outputOf(await onlyExecution(api, workflowId), 'Create invoice'));
}

/** An invoice in a line. */
export function describeInvoice({ reference_number, external_id, amount }: CreatedInvoice): string {
	return `${reference_number} (${external_id}), ${amount.toFixed(2)} SAR`;
}

/**
 * The one execution of a workflow, as it stands.
 * @throws Error when there is none, or another one.
 */
export async function onlyExecution(api: N8nApi, workflowId: string): Promise<Execution> {
	const executions = await api.executions(workflowId);
	const [execution] = executions;
	if (execution === undefined || executions.length > 1) {
		throw new Error(`Expected one execution, but there are ${executions.length}.`);
	}
	return await api.execution(execution.id);
}

/**
 * Waits for the one execution of a workflow to have succeeded.
 * @returns its address in n8n's editor.
 */
export async function succeeded({ api, url }: N8n, workflowId: string): Promise<string> {
	const { id } = await onlyExecution(api, workflowId);
	const { status } = await api.finished(id);
	if (status !== 'success') throw new Error(`Execution ${id} ended with "${status}".`);
	return `${url}/workflow/${workflowId}/executions/${id}`;
}

/** The first item that a node put out. */
export function outputOf(execution: Execution, node: string): unknown {
	return execution.nodes[node]?.[0]?.outputs[0]?.[0]?.json;
}

/**
 * Waits for an execution to be suspended in a node.
 * @throws Error when it was not in time.
 */
export async function suspended(api: N8nApi, executionId: string, node: string): Promise<void> {
	await until(`execution ${executionId} to be suspended in "${node}"`, async () => {
		const { status, nodes } = await api.execution(executionId);
		return (status === 'waiting' && nodes[node]?.at(-1)?.status === 'waiting') || undefined;
	});
}
