import { z } from 'zod';
import type { MailServer } from './mail.mts';
import { type Execution, itemsOf, type N8nApi } from './n8n/api.mts';
import type { N8n } from './n8n/n8n.mts';
import type { Simulator } from '../simulator/index.mts';

/** What the demo runs on. */
export interface Services {
	n8n: N8n;
	simulator: Simulator;
	mail: MailServer;
}

/**
 * Runs and displays one step of the demo.
 * @param work receives `report`, which displays a line of text below the title.
 */
export type Step = <T>(
	title: string,
	work: (report: (line: string) => void) => Promise<T>,
) => Promise<T>;

const invoiceSchema = z.object({
	external_id: z.string(),
	reference_number: z.string(),
	amount: z.number(),
	payment_url: z.string(),
});

/** The fields of an invoice that the demo reads. */
export type CreatedInvoice = z.infer<typeof invoiceSchema>;

/**
 * Returns the invoice that the only execution of a workflow has created.
 * @throws Error when it has created none.
 */
export async function createdInvoice(api: N8nApi, workflowId: string): Promise<CreatedInvoice> {
	const { nodes } = await onlyExecution(api, workflowId);
	const [invoice] = itemsOf(nodes['Create invoice']);
	return invoiceSchema.parse(invoice);
}

/** Formats an invoice as one line. */
export function describeInvoice({ reference_number, external_id, amount }: CreatedInvoice): string {
	return `${reference_number} (${external_id}), ${amount.toFixed(2)} SAR`;
}

/**
 * Returns the only execution of a workflow in its current state.
 * @throws Error when there is none or more than one.
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
 * Waits until the only execution of a workflow has succeeded.
 * @returns its URL in n8n's editor.
 * @throws Error when it has not succeeded.
 */
export async function succeeded({ api, url }: N8n, workflowId: string): Promise<string> {
	const { id } = await onlyExecution(api, workflowId);
	const { status } = await api.finished(id);
	if (status !== 'success') throw new Error(`Execution ${id} ended with "${status}".`);
	return `${url}/workflow/${workflowId}/executions/${id}`;
}
