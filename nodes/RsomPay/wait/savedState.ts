import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { InvoiceReference } from '../api/client';

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
	/** Whether a payment that failed ends the wait. */
	failedCounts: z.boolean(),
	/** Where the button of a returning customer's page leads. */
	backUrl: z.string().optional(),
	/** What came of each item so far, in their order, errors among them. */
	outputs: z.array(
		z.custom<IDataObject>((value) => z.record(z.unknown()).safeParse(value).success),
	),
});

/** What a suspended node keeps in its execution, which n8n stores. */
export type SavedState = z.output<typeof savedStateSchema>;

/** An invoice of a suspended execution: both of its names, and how it stood before. */
export type WaitingInvoice = z.output<typeof waitingInvoiceSchema>;

const STATE_KEY = 'waiting';

/** Keeps what a node that is about to be suspended needs afterwards. */
export function saveState(context: IExecuteFunctions, state: SavedState): void {
	// As text: an expression, by which a webhook reads it, gives text back as it is.
	context.getContext('node')[STATE_KEY] = JSON.stringify(state);
}

/** Takes what was kept before the node was suspended. */
export function loadState(context: IExecuteFunctions): SavedState {
	return parse(context.getContext('node')[STATE_KEY]);
}

/** Takes what was kept by the suspended node whose webhook is called. */
export function loadStateInWebhook(context: IWebhookFunctions): SavedState {
	// A name may hold what would end the expression.
	const name = JSON.stringify(context.getNode().name).replace(/[{}]/g, (brace) =>
		brace === '{' ? '\\u007b' : '\\u007d',
	);
	return parse(context.evaluateExpression(`{{ $node[${name}].context.${STATE_KEY} }}`, 0));
}

function parse(text: unknown): SavedState {
	return savedStateSchema.parse(JSON.parse(z.string().parse(text)));
}

/** The invoices of a suspended execution; those of items that failed are not among them. */
export function waitingInvoices({ outputs }: SavedState): WaitingInvoice[] {
	return outputs.flatMap((output) => waitingInvoiceSchema.safeParse(output).data ?? []);
}

/** Finds the invoice that a callback or a returning customer names. */
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
