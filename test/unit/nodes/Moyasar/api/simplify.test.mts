import fc from 'fast-check';

import { majorUnits, simplify } from '../../../../../nodes/Moyasar/api/simplify.ts';

describe('majorUnits', () => {
	test.each<[number, string, string]>([
		[10350, 'SAR', '103.50'],
		[100, 'SAR', '1.00'],
		[5, 'SAR', '0.05'],
		[50, 'SAR', '0.50'],
		[0, 'SAR', '0.00'],
		[-5, 'SAR', '-0.05'],
		[-10350, 'SAR', '-103.50'],
		[10350, 'KWD', '10.350'],
		[1, 'KWD', '0.001'],
		[0, 'KWD', '0.000'],
		[12, 'BHD', '0.012'],
		[1000, 'OMR', '1.000'],
		[500, 'JPY', '500'],
		[0, 'JPY', '0'],
		[-7, 'JPY', '-7'],
		[1, 'KRW', '1'],
		[12345, 'CLF', '1.2345'],
		[10350, 'USD', '103.50'],
		[10350, 'sar', '103.50'],
		[10350, 'kwd', '10.350'],
		[10350, 'XXX', '103.50'],
		[10350, '', '103.50'],
		[10350, 'constructor', '103.50'],
		[10350, '__proto__', '103.50'],
		[Number.MAX_SAFE_INTEGER, 'SAR', '90071992547409.91'],
	])('formats %d %s as %s', (amount, currency, decimal) => {
		expect(majorUnits(amount, currency)).toBe(decimal);
	});

	test.each([[undefined], [10.5], [NaN], [Infinity], [2 ** 53], [-(2 ** 53)]])(
		'returns null for %p',
		(amount) => {
			expect(majorUnits(amount, 'SAR')).toBeNull();
		},
	);

	test('formats -0 without a sign', () => {
		expect(majorUnits(-0, 'SAR')).toBe('0.00');
	});

	test('returns the digits of the amount with the decimals of the currency', () => {
		const currencies = fc.constantFrom(
			...(['SAR', 'KWD', 'JPY', 'CLF', 'EUR'] as const).map((code) => ({
				code,
				decimals: { SAR: 2, KWD: 3, JPY: 0, CLF: 4, EUR: 2 }[code],
			})),
		);
		fc.assert(
			fc.property(fc.maxSafeInteger(), currencies, (amount, { code, decimals }) => {
				const formatted = majorUnits(amount, code) ?? '';
				const [, fraction = ''] = formatted.split('.');
				expect(fraction).toHaveLength(decimals);
				expect(Number(formatted.replace('.', ''))).toBe(amount + 0);
				expect(formatted).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
			}),
			{ numRuns: 500 },
		);
	});
});

describe('simplify', () => {
	const PAYMENT = {
		id: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
		status: 'paid',
		amount: 10350,
		currency: 'SAR',
		description: 'Kindle Whitepaper',
		created_at: '2026-05-18T12:00:00.000Z',
		updated_at: '2026-05-18T12:01:00.000Z',
		fee: 300,
		metadata: { cart_id: '23432' },
		source: {
			type: 'creditcard',
			company: 'mada',
			number: '4111-11XX-XXXX-1111',
			name: 'Ahmed Ali',
			reference_number: '123456789012',
		},
	};

	test('returns ten fields', () => {
		expect(simplify(PAYMENT)).toStrictEqual({
			id: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
			status: 'paid',
			amount: 10350,
			amount_decimal: '103.50',
			currency: 'SAR',
			source_type: 'creditcard',
			source_company: 'mada',
			source_number: '4111-11XX-XXXX-1111',
			description: 'Kindle Whitepaper',
			created_at: '2026-05-18T12:00:00.000Z',
		});
		expect(PAYMENT).toHaveProperty('fee', 300);
	});

	test('returns null for missing fields', () => {
		const empty = {
			id: 'A',
			status: null,
			amount: null,
			amount_decimal: null,
			currency: null,
			source_type: null,
			source_company: null,
			source_number: null,
			description: null,
			created_at: null,
		};

		expect(simplify({ id: 'A' })).toStrictEqual(empty);
		expect(simplify({ id: 'A', source: null, description: null })).toStrictEqual(empty);
	});

	test('returns no card fields for an STC Pay payment', () => {
		expect(
			simplify({ ...PAYMENT, source: { type: 'stcpay', mobile: '0512345678' } }),
		).toMatchObject({ source_type: 'stcpay', source_company: null, source_number: null });
	});

	test('returns an amount of 0', () => {
		expect(simplify({ ...PAYMENT, amount: 0 })).toMatchObject({
			amount: 0,
			amount_decimal: '0.00',
		});
	});
});
