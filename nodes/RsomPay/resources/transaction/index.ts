import type { Resource } from '../../../shared/operations';
import type { RsomPayRun } from '../../run';
import { getAll } from './getAll';

export const transaction = {
	name: 'Transaction',
	value: 'transaction',
	operations: [getAll],
} satisfies Resource<RsomPayRun>;
