import type { Resource } from '../../../shared/operations';
import type { MoyasarRun } from '../../api/connect';
import { get } from './get';
import { getAll } from './getAll';

export const payment = {
	name: 'Payment',
	value: 'payment',
	operations: [getAll, get],
} satisfies Resource<MoyasarRun>;
