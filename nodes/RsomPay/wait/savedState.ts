import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { InvoiceReference } from '../api/invoiceReference';

const waitingInvoiceSchema = z.object({
	external_id: z.string(),
	reference_number: z
		.union([z.string(), z.number().transform(String)])
		.optional()
		.catch(undefined),
	status: z.string(),
});

const savedStateSchema = z.object({
	/** When the wait ends at the latest, in ms since 1970. */
	until: z.number(),
	/** When n8n resumes the execution at the latest: for the next poll, or at the end. */
	wakeAt: z.number().optional(),
	/** How long after the next poll the one after it comes, in ms. Absent without polls. */
	intervalMs: z.number().optional(),
	/** Whether a failed payment ends the wait. */
	failedCounts: z.boolean(),
	/** What returning customers get. Before it was chosen there was the result page only. */
	shopName: z.string().optional(),
	backUrl: z.string().optional(),
	redirectUrls: z
		.object({ success: z.string(), pending: z.string(), failure: z.string() })
		.optional(),
	/** The output of each item at the last look, in item order, error items included. */
	outputs: z.array(
		z.custom<IDataObject>((value) => z.record(z.unknown()).safeParse(value).success),
	),
});

/** What a suspended node saves in its execution. n8n stores it in the database. */
export type SavedState = z.output<typeof savedStateSchema>;

/** An invoice of a suspended execution: both of its references, and its status before the wait. */
export type WaitingInvoice = z.output<typeof waitingInvoiceSchema>;

/** The key in the node's context. Suspended executions in users' databases contain it. */
const STATE_KEY = 'waiting';

/** Saves the state of a node before it is suspended. */
export function saveState(context: IExecuteFunctions, state: SavedState): void {
	// As text: loadStateInWebhook reads it by an expression, which returns a text unchanged.
	context.getContext('node')[STATE_KEY] = JSON.stringify(state);
}

/**
 * Loads the state that the node saved before it was suspended.
 *
 * @throws Error when there is none
 */
export function loadState(context: IExecuteFunctions): SavedState {
	return parse(context.getContext('node')[STATE_KEY]);
}

/**
 * Loads the state of the suspended node whose webhook is called.
 *
 * @throws Error when there is none
 */
export function loadStateInWebhook(context: IWebhookFunctions): SavedState {
	// Braces in a node's name could end the expression.
	const name = JSON.stringify(context.getNode().name).replace(/[{}]/g, (brace) =>
		brace === '{' ? '\\u007b' : '\\u007d',
	);
	return parse(context.evaluateExpression(`{{ $node[${name}].context.${STATE_KEY} }}`, 0));
}

function parse(text: unknown): SavedState {
	return savedStateSchema.parse(JSON.parse(z.string().parse(text)));
}

/** Lists the invoices of a suspended execution, without those of failed items. */
export function waitingInvoices({ outputs }: SavedState): WaitingInvoice[] {
	return outputs.flatMap((output) => waitingInvoiceSchema.safeParse(output).data ?? []);
}

/** Finds the invoice that a callback or a customer's return refers to. */
export function findWaitingInvoice(
	state: SavedState,
	reference: InvoiceReference | undefined,
): WaitingInvoice | undefined {
	if (!reference) return undefined;
	return waitingInvoices(state).find((invoice) =>
		'external_id' in reference
			? invoice.external_id === reference.external_id
			: invoice.reference_number === reference.reference_number,
	);
}
