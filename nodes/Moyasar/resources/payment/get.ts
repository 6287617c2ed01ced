import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';

import { labelsOf } from '../../../shared/fieldLabels';
import { booleanField, text, validate } from '../../../shared/fieldSchemas';
import type { Operation } from '../../../shared/operations';
import type { MoyasarRun } from '../../api/connect';
import { simplify } from '../../api/simplify';
import { simplifyField } from './simplifyField';

const schema = z.object({ paymentId: text(255), simplify: booleanField });

const fields: INodeProperties[] = [
	{
		displayName: 'Payment ID',
		name: 'paymentId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 3fa85f64-5717-4562-b3fc-2c963f66afa6',
	},
	simplifyField,
];

const LABELS = labelsOf(fields);

/** Reads one payment. Moyasar's documentation: `GET /payments/{id}`. */
export const get = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get payment',
		description: 'Retrieve a payment by its ID',
	},
	fields,
	prepare(context, { client }) {
		return (itemIndex) => {
			const { paymentId, simplify: isSimple } = validate(
				schema,
				{
					paymentId: context.getNodeParameter('paymentId', itemIndex),
					simplify: context.getNodeParameter('simplify', itemIndex),
				},
				LABELS,
			);
			return async () => {
				const payment = await client.getPayment(paymentId);
				return [isSimple ? simplify(payment) : payment];
			};
		};
	},
} satisfies Operation<MoyasarRun>;
