import { STATUSES } from '../../../../../../nodes/Moyasar/resources/payment/statuses.ts';

test('STATUSES has every documented status', () => {
	expect(STATUSES.map(({ value }) => value)).toStrictEqual([
		'authorized',
		'captured',
		'failed',
		'initiated',
		'paid',
		'refunded',
		'verified',
		'voided',
	]);
});

test('STATUSES shows each status by its own name', () => {
	expect(STATUSES.map(({ name }) => name.toLowerCase())).toStrictEqual(
		STATUSES.map(({ value }) => value),
	);
});
