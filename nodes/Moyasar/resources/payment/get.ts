import { z } from 'zod';

import { labelsOf } from '../../../shared/fieldLabels';
import { validate } from '../../../shared/fieldSchemas';
import type { Operation } from '../../../shared/operations';
import type { MoyasarRun } from '../../api/connect';
import { outputFields, outputShape, readOutput, toOutput } from './outputFields';
import { paymentIdFields, paymentIdSchema } from './paymentId';

const schema = z.object({ paymentId: paymentIdSchema, ...outputShape });

const fields = [...paymentIdFields, ...outputFields];

const LABELS = labelsOf(fields);

/** Reads one payment. Moyasar's documentation: `GET /payments/{id}`. */
export const get = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get payment',
		description: 'Retrieve a payment by its ID',
		builderHint: {
			propertyHint:
				'For one payment whose Moyasar ID (a UUID) is known. To find payments by status, date, card or metadata, use Get Many. The ID of an RsomPay invoice does not work here.',
		},
	},
	fields,
	prepare(context, { client }) {
		return (itemIndex) => {
			const { paymentId, ...output } = validate(
				schema,
				{
					paymentId: context.getNodeParameter('paymentId', itemIndex, undefined, {
						extractValue: true,
					}),
					...readOutput(context, itemIndex),
				},
				LABELS,
			);
			return async () => [toOutput(await client.getPayment(paymentId), output)];
		};
	},
} satisfies Operation<MoyasarRun>;
