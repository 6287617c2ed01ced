import { createHmac } from 'node:crypto';

import * as surface from '../../index.ts';

test('exports the classes that n8n loads and verifySignature', () => {
	expect(Object.keys(surface).toSorted()).toStrictEqual([
		'RsomPay',
		'RsomPayApi',
		'RsomPayTrigger',
		'verifySignature',
	]);
	expect(new surface.RsomPay().description.name).toBe('rsomPay');
	expect(new surface.RsomPayTrigger().description.name).toBe('rsomPayTrigger');
	expect(new surface.RsomPayApi().name).toBe('rsomPayApi');
});

test('verifies a signature', () => {
	const input: surface.SignatureInput = {
		rawBody: '{"event":"payment.completed"}',
		header: createHmac('sha256', 'secret').update('{"event":"payment.completed"}').digest('hex'),
		secrets: ['secret'],
	};

	expect(surface.verifySignature(input)).toStrictEqual({ verified: true });
	expect(surface.verifySignature({ ...input, secrets: ['other'] })).toStrictEqual({
		verified: false,
		reason: 'wrong signature',
	});
});

test('exports the types of the API', () => {
	const invoice: surface.Invoice = {
		external_id: 'INV-PARTNER-001',
		status: 'paid',
		amount: 103.5,
	};
	const transaction: surface.Transaction = { reference: 'TX-REF-1', amount: 103.5 };
	const event: surface.RsomPayEvent = { event: 'payment.completed', event_id: '1', invoice };

	expect([event.invoice?.status, transaction.reference]).toStrictEqual(['paid', 'TX-REF-1']);
});
