import { z } from 'zod';

import { checked, text } from '../../../shared/fields';
import { onOrOff } from '../../../shared/listFields';
import type { Operation } from '../../../shared/operations';
import { simplify } from '../../api/simplify';
import type { MoyasarRun } from '../../run';
import { simplifyField } from './simplifyField';

const schema = z.object({
	paymentId: text(255),
	simplify: onOrOff,
});

const LABELS = { paymentId: 'Payment ID', simplify: 'Simplify' };

/** Reads one payment. Moyasar's documentation: `GET /payments/{id}`. */
export const get = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get payment',
		description: 'Retrieve a payment by its ID',
	},
	fields: [
		{
			displayName: 'Payment ID',
			name: 'paymentId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 3fa85f64-5717-4562-b3fc-2c963f66afa6',
		},
		simplifyField,
	],
	prepare(context, { client }) {
		return (itemIndex) => {
			const { paymentId, simplify: isSimple } = checked(
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
