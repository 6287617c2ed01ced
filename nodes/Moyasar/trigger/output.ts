import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Payment } from '../api/schemas';
import { simplify } from '../api/simplify';
import type { TriggerSettings } from './settings';

/** How the trigger sends its requests. */
export const REQUESTS = { concurrency: 10, maxRetries: 3, timeoutMs: 30_000 };

/** Returns whether a payment has one of the statuses. None means any. */
export function hasStatusOf(statuses: readonly string[]): (payment: Payment) => boolean {
	return ({ status }) => statuses.length === 0 || statuses.includes(status ?? '');
}

/** The item of a payment. */
export function itemOf(
	payment: Payment,
	{ simplify: isSimple }: Pick<TriggerSettings, 'simplify'>,
): INodeExecutionData {
	return { json: (isSimple ? simplify(payment) : payment) as IDataObject };
}
