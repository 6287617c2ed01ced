import { call, simulate } from './support.mts';

describe('authorization', () => {
	test.each([
		['none', undefined],
		['an unknown token', 'Bearer nobody'],
		['no scheme', 'token'],
		['basic', 'Basic dTpw'],
	])('returns 401 for %s', async (_name, header) => {
		const simulator = await simulate();
		const response = await fetch(`${simulator.apiBaseUrl}/transactions?customer_id=CUST-9`, {
			headers: header === undefined ? {} : { Authorization: header },
		});
		expect(response.status).toBe(401);
		expect(await response.json()).toEqual({
			status: false,
			message: 'Unauthenticated.',
			data: null,
		});
		expect(simulator.control.requests()).toMatchObject([{ authorized: false, status: 401 }]);
	});

	test('returns 403 for a token of a wrong type and for a suspended client', async () => {
		const simulator = await simulate();
		const messages = await Promise.all(
			[simulator.tokens.wrongType, simulator.tokens.suspended].map(async (token) => {
				const { status, body } = await call(simulator, 'GET', '/transactions?customer_id=CUST-9', {
					headers: { Authorization: `Bearer ${token}` },
				});
				expect(status).toBe(403);
				return body.message;
			}),
		);
		expect(new Set(messages).size).toBe(2);
	});

	test('responds in Arabic for an Arabic Accept-Language', async () => {
		const simulator = await simulate();
		const { body } = await call(simulator, 'GET', '/transactions', {
			headers: { Authorization: 'Bearer nobody', 'Accept-Language': 'ar-SA,ar;q=0.9' },
		});
		expect(body.message).toMatch(/^[\u0600-\u06ff .]+$/);
	});

	test('accepts the token of the options', async () => {
		const simulator = await simulate({ apiToken: 'my-token' });
		expect(simulator.apiToken).toBe('my-token');
		const { status } = await call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		expect(status).toBe(200);
	});

	test('does no work for a rejected request', async () => {
		const simulator = await simulate();
		await call(simulator, 'POST', '/invoices', {
			body: {},
			headers: { Authorization: 'Bearer nobody' },
		});
		expect(simulator.control.invoices()).toEqual([]);
	});

	test('does not log the token', async () => {
		const simulator = await simulate();
		await call(simulator, 'GET', '/transactions?customer_id=CUST-9');
		expect(JSON.stringify(simulator.control.requests())).not.toContain(simulator.apiToken);
		expect(simulator.control.requests()).toMatchObject([{ authorized: true }]);
	});
});
