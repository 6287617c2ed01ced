import type { Resource } from '../../../shared/operations';
import type { RsomPayRun } from '../../run';
import { create } from './create';
import { get } from './get';

export const invoice = {
	name: 'Invoice',
	value: 'invoice',
	operations: [create, get],
} satisfies Resource<RsomPayRun>;
