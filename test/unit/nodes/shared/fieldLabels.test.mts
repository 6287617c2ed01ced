import type { INodeProperties } from 'n8n-workflow';

import { labelsOf } from '../../../../nodes/shared/fieldLabels.ts';

const field = (
	name: string,
	displayName: string,
	changes: Partial<INodeProperties> = {},
): INodeProperties => ({ displayName, name, type: 'string', default: '', ...changes });

describe('labelsOf', () => {
	test('returns no labels for no fields', () => {
		expect(labelsOf([])).toStrictEqual({});
	});

	test('returns the label of each field by its name', () => {
		expect(
			labelsOf([field('returnAll', 'Return All', { type: 'boolean' }), field('limit', 'Limit')]),
		).toStrictEqual({ returnAll: 'Return All', limit: 'Limit' });
	});

	test('returns the label of a field in a collection by the path collection.field', () => {
		const options = field('options', 'Options', {
			type: 'collection',
			options: [field('timeout', 'Timeout'), field('maxRetries', 'Retries')],
		});

		expect(labelsOf([options, field('timeout', 'Wait Time')])).toStrictEqual({
			options: 'Options',
			'options.timeout': 'Timeout',
			'options.maxRetries': 'Retries',
			timeout: 'Wait Time',
		});
	});

	test('returns the label of a collection without options', () => {
		const options = field('options', 'Options', { type: 'collection' });

		expect(labelsOf([options])).toStrictEqual({ options: 'Options' });
	});

	test('returns the label of the first of two fields with the same name', () => {
		expect(
			labelsOf([field('date', 'Due Date'), field('limit', 'Limit'), field('date', 'Issued Date')]),
		).toStrictEqual({ date: 'Due Date', limit: 'Limit' });
	});

	test('returns the label of the first of two fields with the same path', () => {
		const filters = (label: string, timeLabel: string) =>
			field('filters', label, { type: 'collection', options: [field('from', timeLabel)] });

		expect(
			labelsOf([filters('Filters', 'Created From'), filters('More Filters', 'Updated From')]),
		).toStrictEqual({ filters: 'Filters', 'filters.from': 'Created From' });
	});

	test('returns only the label of a fixed collection itself', () => {
		const metadata = field('metadata', 'Metadata', {
			type: 'fixedCollection',
			options: [{ displayName: 'Pair', name: 'pair', values: [field('key', 'Key')] }],
		});
		const filters = field('filters', 'Filters', { type: 'collection', options: [metadata] });

		expect(labelsOf([metadata, filters])).toStrictEqual({
			metadata: 'Metadata',
			filters: 'Filters',
			'filters.metadata': 'Metadata',
		});
	});

	test('returns only the label of a field with a list of values', () => {
		const status = field('status', 'Status', {
			type: 'options',
			options: [{ name: 'Paid', value: 'paid' }],
		});

		expect(labelsOf([status])).toStrictEqual({ status: 'Status' });
	});
});
