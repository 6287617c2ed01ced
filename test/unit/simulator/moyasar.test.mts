import type { MoyasarKind } from '../../../simulator/index.mts';
import { formatAmount } from '../../../simulator/moyasar/money.mts';
import { call, create, simulate } from './support.mts';
import { basic, moyasar } from './moyasarSupport.mts';

const UNAUTHENTICATED = {
	type: 'authentication_error',
	message: 'Invalid authorization credentials',
	errors: null,
};
const UNAUTHORIZED = { type: 'api_error', message: 'User not authorized', errors: null };

describe('authorization', () => {
	test.each(['', 'Basic', 'Basic !', 'Bearer KEY', basic('sk_test_unknown')])(
		'returns 401 for %j',
		async (header) => {
			const simulator = await simulate();
			const Authorization = header.replace('KEY', simulator.moyasar.keys.secret);
			const response = await moyasar(simulator, '/payments', { headers: { Authorization } });
			expect([response.status, response.body]).toEqual([401, UNAUTHENTICATED]);
		},
	);

	test('returns 401 for a password that is not empty', async () => {
		const simulator = await simulate();
		const Authorization = basic(simulator.moyasar.keys.secret, 'x');
		expect((await moyasar(simulator, '/payments', { headers: { Authorization } })).status).toBe(
			401,
		);
	});

	test.each(['publishable', 'unauthorized'] as const)(
		'returns 403 for the %s key',
		async (name) => {
			const simulator = await simulate();
			const Authorization = basic(simulator.moyasar.keys[name]);
			for (const path of ['/payments', '/payments/x']) {
				const response = await moyasar(simulator, path, { headers: { Authorization } });
				expect([response.status, response.body]).toEqual([403, UNAUTHORIZED]);
			}
		},
	);

	test('generates keys with the prefixes of Moyasar', async () => {
		const { keys } = (await simulate()).moyasar;
		expect(keys.secret).toMatch(/^sk_test_\w{40}$/);
		expect(keys.publishable).toMatch(/^pk_test_\w{40}$/);
		expect(keys.unauthorized).toMatch(/^sk_test_\w{40}$/);
		expect(new Set(Object.values(keys).map((key) => key.slice(8))).size).toBe(3);
	});

	test('returns 405 for an account that is not activated for live', async () => {
		const simulator = await simulate();
		simulator.moyasar.control.configure({ activated: false });
		const response = await moyasar(simulator, '/payments');
		expect(response).toMatchObject({ status: 405, body: { type: 'account_inactive_error' } });
	});
});

describe('the firewall', () => {
	const blocked = [
		'',
		'axios/1.7.2',
		'axios',
		'node',
		'undici',
		'n8n',
		'python-requests/2.32.3',
		'curl/8.5.0',
	];
	const allowed = [
		'n8n-nodes-moyasar',
		'n8n-nodes-moyasar/0.1.0',
		'my-shop/1.0',
		'Mozilla/5.0 node',
	];

	test.each(blocked)('returns a page for %j', async (userAgent) => {
		const simulator = await simulate();
		// With a wrong key too: the firewall is in front of the API.
		const headers = { 'User-Agent': userAgent, Authorization: 'Basic wrong' };
		const response = await moyasar(simulator, '/payments', { headers });
		expect(response.status).toBe(403);
		expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
		expect(response.text).toMatch(/^<!DOCTYPE html>/);
		simulator.moyasar.control.configure({ firewall: false });
		expect((await moyasar(simulator, '/payments', { headers })).body).toEqual(UNAUTHENTICATED);
	});

	test.each(allowed)('allows %j', async (userAgent) => {
		const simulator = await simulate();
		const headers = { 'User-Agent': userAgent };
		expect((await moyasar(simulator, '/payments', { headers })).status).toBe(200);
	});
});

describe('GET /payments/{id}', () => {
	test('returns the object of the list', async () => {
		const simulator = await simulate();
		const payment = simulator.moyasar.control.addPayment();
		simulator.moyasar.control.addPayment();
		const response = await moyasar(simulator, `/payments/${payment.id}`);
		expect([response.status, response.body]).toEqual([200, payment]);
	});

	test.each(['/payments/unknown', '/nowhere', '/payments/a/b'])(
		'returns 404 for %s',
		async (path) => {
			const response = await moyasar(await simulate(), path);
			expect(response).toMatchObject({ status: 404, body: { errors: null, message: 'Not Found' } });
		},
	);

	test('checks the key of unknown routes, and leaves those of RsomPay to RsomPay', async () => {
		const simulator = await simulate();
		const headers = { Authorization: basic('x') };
		expect((await moyasar(simulator, '/nowhere', { headers })).status).toBe(401);
		expect((await moyasar(simulator, '/payments', { method: 'POST' })).status).toBe(404);
		expect((await call(simulator, 'GET', '/nowhere')).body).toMatchObject({ status: false });
	});
});

describe('a payment', () => {
	const card = ['company', 'name', 'number', 'gateway_id', 'authorization_code', 'response_code'];
	const issuer = ['issuer_name', 'issuer_country', 'issuer_card_type', 'issuer_card_category'];
	const common = ['type', 'message', 'reference_number'];
	const wallet = [...common, ...card, ...issuer, 'dpan'];

	test.each<[MoyasarKind, string[]]>([
		['creditcard', [...common, ...card, ...issuer, 'token', 'transaction_url']],
		['applepay', wallet],
		['googlepay', wallet],
		['samsungpay', wallet],
		['stcpay', [...common, 'mobile', 'cashier_id', 'branch', 'transaction_url']],
	])('has every field of a %s source', async (kind, fields) => {
		const { control } = (await simulate()).moyasar;
		const { source } = control.addPayment({ kind });
		expect(Object.keys(source).sort()).toEqual([...fields].sort());
		expect(source).toMatchObject({
			type: kind,
			reference_number: expect.stringMatching(/^\d{12}$/) as unknown,
			message: 'APPROVED',
		});
	});

	test('has masked card numbers', async () => {
		const { control } = (await simulate()).moyasar;
		expect(control.addPayment().source).toMatchObject({
			number: expect.stringMatching(/^\d{4}-\d\dXX-XXXX-\d{4}$/) as unknown,
			gateway_id: expect.stringMatching(/^moyasar_cc_/) as unknown,
			authorization_code: expect.stringMatching(/^\d{6}$/) as unknown,
			response_code: '00',
			transaction_url: null,
		});
		expect(control.addPayment({ kind: 'googlepay' }).source).toMatchObject({
			name: null,
			number: expect.stringMatching(/^XXXX-XXXX-XXXX-\d{4}$/) as unknown,
			dpan: expect.stringMatching(/^\d{4}-\d\dXX-XXXX-\d{4}$/) as unknown,
			gateway_id: expect.stringMatching(/^moyasar_gp_/) as unknown,
		});
	});

	test('has a challenge while it is initiated; is declined if it failed', async () => {
		const { control } = (await simulate()).moyasar;
		expect(control.addPayment({ status: 'initiated' })).toMatchObject({
			fee: 0,
			source: {
				message: null,
				reference_number: null,
				authorization_code: null,
				response_code: null,
				transaction_url: expect.stringMatching(/^https:/) as unknown,
			},
		});
		expect(control.addPayment({ status: 'failed' }).source).toMatchObject({
			message: 'DECLINED',
			authorization_code: null,
			response_code: '51',
			transaction_url: null,
		});
	});

	test('has the fields of the example, with its given ones', async () => {
		const at = new Date('2026-05-18T12:00:00.123Z');
		const simulator = await simulate({ clock: () => at });
		const payment = simulator.moyasar.control.addPayment({
			id: 'first',
			amount: 12345,
			status: 'refunded',
			description: null,
			metadata: null,
			updatedAt: new Date('2026-05-19T00:00:00Z'),
			source: { number: '4111-11XX-XXXX-0001', of_the_future: 1 },
			extra: { splits: [] },
		});
		const { source, ...rest } = payment;
		expect(rest).toEqual({
			id: 'first',
			status: 'refunded',
			amount: 12345,
			fee: 247,
			currency: 'SAR',
			refunded: 12345,
			refunded_at: '2026-05-19T00:00:00.000Z',
			captured: 0,
			captured_at: null,
			voided_at: null,
			description: null,
			amount_format: '123.45 SAR',
			fee_format: '2.47 SAR',
			refunded_format: '123.45 SAR',
			captured_format: '0.00 SAR',
			invoice_id: null,
			ip: '192.0.2.1',
			callback_url: 'https://example.com/checkout/payer-return',
			created_at: '2026-05-18T12:00:00.123Z',
			updated_at: '2026-05-19T00:00:00.000Z',
			metadata: null,
			splits: [],
		});
		expect(source).toMatchObject({ number: '4111-11XX-XXXX-0001', of_the_future: 1 });
		expect((await moyasar(simulator, '/payments/first')).body).toEqual(payment);
		expect(() => simulator.moyasar.control.addPayment({ id: 'first' })).toThrow('exists');
	});

	test('changes its status, its source and its time of update, and no other field', async () => {
		const { control } = (await simulate()).moyasar;
		const first = control.addPayment({
			status: 'initiated',
			source: { company: 'amex' },
			extra: { of_the_future: 1 },
			createdAt: new Date('2026-05-18T12:00:00Z'),
		});
		const captured = control.updatePayment(first.id, {
			status: 'captured',
			at: new Date('2026-05-18T12:01:00Z'),
		});
		expect(captured).toMatchObject({
			id: first.id,
			captured: 100,
			captured_at: '2026-05-18T12:01:00.000Z',
			created_at: first.created_at,
			updated_at: '2026-05-18T12:01:00.000Z',
			of_the_future: 1,
			source: { company: 'amex', message: 'APPROVED', transaction_url: null },
		});
		const described = control.updatePayment(first.id, { metadata: { cart_id: '1' }, amount: 50 });
		expect(described).toMatchObject({
			amount: 50,
			metadata: { cart_id: '1' },
			captured_at: '2026-05-18T12:01:00.000Z',
		});
		expect(Date.parse(described.updated_at)).toBeGreaterThan(Date.parse(captured.updated_at));
		expect(control.payments()).toEqual([described]);
		expect(first.status).toBe('initiated');
		expect(() => control.updatePayment('nobody', {})).toThrow('No payment nobody');
	});

	test.each([
		[0, 'SAR', '0.00 SAR'],
		[5, 'SAR', '0.05 SAR'],
		[100, 'SAR', '1.00 SAR'],
		[1005, 'KWD', '1.005 KWD'],
		[7, 'KWD', '0.007 KWD'],
		[1005, 'JPY', '1005 JPY'],
		[123456789, 'USD', '1234567.89 USD'],
	])('formats %d of %s as %s', (amount, currency, expected) => {
		expect(formatAmount(amount, currency)).toBe(expected);
	});
});

describe('determinism', () => {
	const run = async (seed: number) => {
		const { control, keys } = (await simulate({ seed, apiToken: 'token' })).moyasar;
		control.seedPayments({ count: 50, until: new Date('2026-05-18T12:00:00Z') });
		return { keys, payments: control.payments() };
	};

	test('generates the same keys and payments for the same seed, different ones for another', async () => {
		const first = await run(7);
		expect(await run(7)).toEqual(first);
		const other = await run(8);
		expect(other.keys).not.toEqual(first.keys);
		const ids = new Set(first.payments.map(({ id }) => id));
		expect(ids.size).toBe(50);
		expect(other.payments.filter(({ id }) => ids.has(id))).toEqual([]);
	});

	test('does not change the IDs of RsomPay', async () => {
		const url = async (payments: number) => {
			const simulator = await simulate();
			simulator.moyasar.control.seedPayments({ count: payments });
			await create(simulator);
			const [, path] = simulator.control.invoices()[0]?.payment_url.split('/pay/') ?? [];
			return path;
		};
		expect(await url(0)).toBe(await url(3));
	});
});
