import fc from 'fast-check';

import {
	hasReferenceNumber,
	parseInvoiceReference,
} from '../../../../../nodes/RsomPay/api/invoiceReference.ts';

test.each([
	[{ external_id: 'INV-1', reference_number: 'INV-42-001' }, { external_id: 'INV-1' }],
	[{ reference_number: 'INV-42-001', external_id: 'INV-1' }, { external_id: 'INV-1' }],
	[{ external_id: 'INV-1', status: 'paid' }, { external_id: 'INV-1' }],
	[{ reference_number: 'INV-42-001' }, { reference_number: 'INV-42-001' }],
	[{ external_id: '', reference_number: 'A' }, { reference_number: 'A' }],
	[{ external_id: null, reference_number: 'A' }, { reference_number: 'A' }],
	[{ external_id: undefined, reference_number: 'A' }, { reference_number: 'A' }],
	[{ external_id: ['A'], reference_number: 'B' }, { reference_number: 'B' }],
	[{ external_id: 42 }, { external_id: '42' }],
	[{ external_id: 0 }, { external_id: '0' }],
	[{ reference_number: 7 }, { reference_number: '7' }],
])('reads %j as %j', (input, reference) => {
	expect(parseInvoiceReference(input)).toStrictEqual(reference);
});

test.each([
	[undefined],
	[null],
	[{}],
	[[]],
	['INV-1'],
	[5],
	[{ external_id: '' }],
	[{ external_id: null, reference_number: '' }],
	[{ external_id: { $ne: null } }],
	[{ external_id: true }],
])('returns undefined for %j', (input) => {
	expect(parseInvoiceReference(input)).toBeUndefined();
});

test('returns one reference that is not empty, or undefined, for any value', () => {
	const value = fc.oneof(fc.string(), fc.integer(), fc.anything());
	const inputs = fc.oneof(
		fc.record({ external_id: value, reference_number: value }, { requiredKeys: [] }),
		fc.anything(),
	);
	fc.assert(
		fc.property(inputs, (input) => {
			const reference = parseInvoiceReference(input);
			if (!reference) return;
			const entries = Object.entries<unknown>(reference);

			expect(entries).toHaveLength(1);
			expect(entries[0]).toStrictEqual([
				expect.stringMatching(/^(external_id|reference_number)$/),
				expect.stringMatching(/./s),
			]);
		}),
	);
});

test.each([
	['INV-42-001', 'INV-42-001', true],
	['INV-42-001', 'INV-42-002', false],
	['INV-42-001', 'inv-42-001', false],
	[7, '7', true],
	[7, '8', false],
	['INV-42-001', undefined, true],
	// RsomPay returned none.
	[undefined, 'INV-42-001', true],
	[null, 'INV-42-001', true],
])('an invoice with the reference number %j has %j: %j', (actual, given, expected) => {
	expect(hasReferenceNumber({ reference_number: actual }, given)).toBe(expected);
});
