import type { Resource } from '../../../shared/operations';
import type { RsomPayRun } from '../../api/connect';
import { getAll } from './getAll';

export const transaction = {
	name: 'Transaction',
	value: 'transaction',
	operations: [getAll],
} satisfies Resource<RsomPayRun>;
