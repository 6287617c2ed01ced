import type { Fault } from '../../simulator/index.mts';
import { useMoyasar } from './harness/moyasar.mts';
import { useRsomPay } from './harness/rsompay.mts';

const moyasar = useMoyasar();
const rsomPay = useRsomPay();

const ONCE = { options: { maxRetries: 0 } };
const LIST = { resource: 'payment', operation: 'getAll', returnAll: true, ...ONCE };
const GET = { resource: 'invoice', operation: 'get', reference: 'INV-PARTNER-001', ...ONCE };

const FAULTS: Array<[string, Fault, object | undefined]> = [
	['a lost connection', { kind: 'drop' }, { cause: 'temporarily-unavailable' }],
	['a 401', { kind: 'status', status: 401, body: {} }, { cause: 'credential-invalid' }],
	['a 403', { kind: 'status', status: 403, body: {} }, { cause: 'credential-invalid' }],
	[
		"a firewall's page",
		{ kind: 'status', status: 403, body: '<html></html>' },
		{ cause: 'temporarily-unavailable' },
	],
	['a 404', { kind: 'status', status: 404, body: {} }, { cause: 'configuration-invalid' }],
	['a 422', { kind: 'status', status: 422, body: {} }, { cause: 'configuration-invalid' }],
	[
		'a 429',
		{ kind: 'status', status: 429, retryAfter: 7 },
		{ cause: 'rate-limited', retryAfterMs: 7_000 },
	],
	[
		'a 503 with Retry-After',
		{ kind: 'status', status: 503, retryAfter: 90 },
		{ cause: 'temporarily-unavailable', retryAfterMs: 90_000 },
	],
	['a 500', { kind: 'status', status: 500 }, { cause: 'temporarily-unavailable' }],
	[
		'a success that cannot be read',
		{ kind: 'status', status: 200, body: 'Maintenance' },
		{ cause: 'temporarily-unavailable' },
	],
	['an unknown status', { kind: 'status', status: 418, body: {} }, undefined],
];

test.each(FAULTS)('the Moyasar node says why: %s', async (_, fault, failure) => {
	moyasar.control.injectFault(fault as Parameters<typeof moyasar.control.injectFault>[0]);

	const { error } = await moyasar.run(LIST);

	expect(error?.name).toBe('NodeApiError');
	expect(failureOf(error)).toEqual(failure);
});

test.each(FAULTS)('the RsomPay node says why: %s', async (_, fault, failure) => {
	rsomPay.simulator.control.injectFault(fault);

	expect(failureOf((await rsomPay.run(GET)).error)).toEqual(failure);
});

test('so does a poll', async () => {
	const workflow = await moyasar.publish();
	moyasar.control.injectFault({ kind: 'firewall' });

	await workflow.poll();

	expect(workflow.failures).toMatchObject([
		{
			message: 'Moyasar returned a web page instead of data (HTTP 403)',
			failure: { cause: 'temporarily-unavailable' },
		},
	]);
});

test.each([
	[{ filters: { rrn: '1' } }, 'configuration-invalid'],
	[{ options: { maxRetries: 9 } }, 'configuration-invalid'],
])('so do wrong parameters: %j', async (parameters, cause) => {
	expect(failureOf((await moyasar.run({ ...LIST, ...parameters })).error)).toEqual({ cause });
});

test.each([
	[{ secretKey: 'pk_test_1' }, 'credential-invalid'],
	[{ baseUrl: 'moyasar' }, 'configuration-invalid'],
])('so does a wrong credential: %j', async (changes, cause) => {
	moyasar.credentials(changes);

	expect(failureOf((await moyasar.run(LIST)).error)).toEqual({ cause });
});

function failureOf(error: unknown): unknown {
	return typeof error === 'object' && error && 'failure' in error ? error.failure : undefined;
}
