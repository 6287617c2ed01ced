import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { InvoiceReference } from '../api/client';

const heldSchema = z.object({
	external_id: z.string(),
	reference_number: z
		.union([z.string(), z.number().transform(String)])
		.optional()
		.catch(undefined),
	status: z.string(),
});

const waitingSchema = z.object({
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
export type Waiting = z.output<typeof waitingSchema>;

/** An invoice of a suspended execution: both of its names, and how it stood before. */
export type Held = z.output<typeof heldSchema>;

const KEPT_AS = 'waiting';

/** Keeps what a node that is about to be suspended needs afterwards. */
export function keep(context: IExecuteFunctions, waiting: Waiting): void {
	// As text: an expression, by which a webhook reads it, gives text back as it is.
	context.getContext('node')[KEPT_AS] = JSON.stringify(waiting);
}

/** Takes what was kept before the node was suspended. */
export function kept(context: IExecuteFunctions): Waiting {
	return parse(context.getContext('node')[KEPT_AS]);
}

/** Takes what was kept by the suspended node whose webhook is called. */
export function keptForWebhook(context: IWebhookFunctions): Waiting {
	// A name may hold what would end the expression.
	const name = JSON.stringify(context.getNode().name).replace(/[{}]/g, (brace) =>
		brace === '{' ? '\\u007b' : '\\u007d',
	);
	return parse(context.evaluateExpression(`{{ $node[${name}].context.${KEPT_AS} }}`, 0));
}

function parse(text: unknown): Waiting {
	return waitingSchema.parse(JSON.parse(z.string().parse(text)));
}

/** The invoices of a suspended execution; those of items that failed are not among them. */
export function heldIn({ outputs }: Waiting): Held[] {
	return outputs.flatMap((output) => heldSchema.safeParse(output).data ?? []);
}

/** Finds the invoice that a callback or a returning customer names. */
export function findHeld(
	waiting: Waiting,
	reference: InvoiceReference | undefined,
): Held | undefined {
	if (!reference) return undefined;
	return heldIn(waiting).find((held) =>
		'external_id' in reference
			? held.external_id === reference.external_id
			: held.reference_number === reference.reference_number,
	);
}
