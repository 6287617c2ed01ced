import type { Resource } from '../../../shared/operations';
import type { RsomPayRun } from '../../api/connect';
import { create } from './create';
import { get } from './get';
import { waitForPayment } from './waitForPayment';

export const invoice = {
	name: 'Invoice',
	value: 'invoice',
	operations: [create, get, waitForPayment],
} satisfies Resource<RsomPayRun>;
