import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { text, validate } from '../../../shared/fieldSchemas';
import { FOR_TOOLS, FROM_VERSION_2, VERSION_1 } from '../../../shared/displayConditions';
import type { InvoiceReference } from '../../api/invoiceReference';

/** The ways to look up an invoice. The keys are saved in workflows. */
const LOOKUPS = {
	externalId: {
		label: 'External ID',
		// The editor has room for some ten letters.
		mode: 'By ID',
		apiName: 'external_id',
		description: 'The ID you gave the invoice when you created it',
		placeholder: 'e.g. INV-PARTNER-001',
	},
	referenceNumber: {
		label: 'Reference Number',
		mode: 'By Number',
		apiName: 'reference_number',
		description: "RsomPay's own invoice number, such as INV-42-001",
		placeholder: 'e.g. INV-42-001',
	},
} as const;

const LOOKUP_BY = ['externalId', 'referenceNumber'] as const;

/** Reads a field of the invoice from the output of any node of this package. */
const expressionFor = (name: string) =>
	`={{ $json.${name} ?? ($json.invoice ?? $json.confirmed_invoice)?.${name} }}`;

const modes = LOOKUP_BY.map((mode) => ({
	displayName: LOOKUPS[mode].mode,
	name: mode,
	type: 'string' as const,
	placeholder: LOOKUPS[mode].placeholder,
	hint: `${LOOKUPS[mode].label}: ${LOOKUPS[mode].description}`,
}));

const invoiceField = (value: string, displayOptions: IDisplayOptions): INodeProperties => ({
	displayName: 'Invoice',
	name: 'invoice',
	type: 'resourceLocator',
	required: true,
	default: { __rl: true, mode: 'externalId', value },
	modes,
	description: 'Which invoice. By default the one of the input item.',
	builderHint: {
		propertyHint:
			"Leave the default directly behind RsomPay or RsomPay Trigger: it reads external_id of the item, of its invoice or of its confirmed_invoice. With another node in between, read it from the node that created the invoice, such as $('Create').item.json.external_id. As a tool, let the model fill in value by $fromAI, with mode 'externalId'.",
	},
	displayOptions,
});

const referenceField = (lookupBy: keyof typeof LOOKUPS): INodeProperties => ({
	displayName: LOOKUPS[lookupBy].label,
	name: 'reference',
	type: 'string',
	required: true,
	default: expressionFor(LOOKUPS[lookupBy].apiName),
	placeholder: LOOKUPS[lookupBy].placeholder,
	description: LOOKUPS[lookupBy].description,
	displayOptions: { show: { ...VERSION_1, lookupBy: [lookupBy] } },
});

/** The fields that look up an invoice. API guide: query invoice. */
export const lookupFields: INodeProperties[] = [
	invoiceField(expressionFor('external_id'), { show: FROM_VERSION_2, hide: FOR_TOOLS }),
	// The input of a tool is not an invoice.
	invoiceField('', { show: { ...FROM_VERSION_2, ...FOR_TOOLS } }),
	{
		displayName: 'Look Up By',
		name: 'lookupBy',
		type: 'options',
		options: LOOKUP_BY.map((value) => ({
			name: LOOKUPS[value].label,
			value,
			description: LOOKUPS[value].description,
		})),
		default: 'externalId',
		displayOptions: { show: VERSION_1 },
	},
	...LOOKUP_BY.map(referenceField),
];

const schema = z.object({ reference: text(255) });

/**
 * Reads the reference of an item's invoice.
 *
 * @throws InputError when the field is blank or too long
 */
export function readLookup(context: IExecuteFunctions, itemIndex: number): InvoiceReference {
	const { mode, value } = readInvoiceField(context, itemIndex);
	const isNumber = mode === 'referenceNumber';
	const { label } = LOOKUPS[isNumber ? 'referenceNumber' : 'externalId'];
	const { reference } = validate(schema, { reference: value }, { reference: label });
	return isNumber ? { reference_number: reference } : { external_id: reference };
}

const locatorSchema = z.object({ mode: z.unknown(), value: z.unknown() });

function readInvoiceField(context: IExecuteFunctions, itemIndex: number) {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex);
	if (context.getNode().typeVersion < 2) {
		return { mode: parameter('lookupBy'), value: parameter('reference') };
	}
	const invoice = parameter('invoice');
	// A workflow that was not made in the editor may have a bare ID.
	return locatorSchema.safeParse(invoice).data ?? { mode: 'externalId', value: invoice };
}
