import { STATUSES } from '../../../../../../nodes/Moyasar/resources/payment/statuses.ts';

test("are those of the API's page", () => {
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

test('are listed by their names', () => {
	expect(STATUSES.map(({ name }) => name.toLowerCase())).toStrictEqual(
		STATUSES.map(({ value }) => value),
	);
});
