import { createHmac } from 'node:crypto';

import { type DeliveryRequest, exampleEvent, phpJson, signBody } from '../../simulator/index.mts';
import { logged, logLines } from './harness/logs.mts';
import { useRsomPay } from './harness/rsompay.mts';

const bench = useRsomPay();

const SECRET = 'the-signing-secret';
const PREVIOUS = 'the-previous-secret';

beforeEach(() => {
	bench.simulator.control.configure({ signingSecret: SECRET });
	bench.credentials({ signingSecret: SECRET, previousSigningSecret: PREVIOUS });
});

/** A body in PHP's JSON style: escaped slashes and letters, two decimals. */
const PHP_BODY = String.raw`{"event":"payment.completed","event_id":"e-1","customer":{"fullname":"\u0645\u062d\u0645\u062f"},"invoice":{"amount":100.00,"payment_url":"https:\/\/payment.rsompay.com\/pay"}}`;

const BODY = phpJson(exampleEvent());
const VALID = signBody(BODY, SECRET);
const FORGED = signBody(BODY, 'another secret');

describe('accepts a signature', () => {
	test.each<[string, Partial<DeliveryRequest>]>([
		['in lower-case hex', {}],
		['in upper-case hex', { encoding: 'HEX' }],
		['in base64', { encoding: 'base64' }],
		['after sha256=', { prefix: 'sha256=' }],
		['in base64 after sha256=', { prefix: 'sha256=', encoding: 'base64' }],
		['with the previous secret', { secret: PREVIOUS }],
		['among several', { signature: `${FORGED}, ${VALID}`, rawBody: BODY }],
		['before another', { signature: `sha256=${VALID},${FORGED}`, rawBody: BODY }],
		["of a body in PHP's JSON style", { rawBody: PHP_BODY }],
		['of a body with white space', { rawBody: JSON.stringify(exampleEvent(), null, 2) }],
		[
			'of a body that is not declared as JSON',
			{ rawBody: phpJson(exampleEvent()), headers: { 'content-type': 'text/plain' } },
		],
		[
			'of a body that n8n does not parse',
			{ rawBody: PHP_BODY, headers: { 'content-type': 'application/octet-stream' } },
		],
	])('%s', async (_how, request) => {
		const workflow = await bench.publish();

		const { status } = await bench.deliver(workflow, request);

		expect(status).toBe(200);
		expect(workflow.executions).toHaveLength(1);
		expect(logged('warn')).toStrictEqual([]);
	});

	test('with SHA-512 when the credential selects it', async () => {
		const credentials = bench.credentials(
			{ signingSecret: SECRET, signatureAlgorithm: 'sha512' },
			'sha512',
		);
		const workflow = await bench.publish({ credentials });

		const sha512 = await bench.deliver(workflow, { algorithm: 'sha512' });
		const prefixed = await bench.deliver(workflow, { algorithm: 'sha512', prefix: 'sha512=' });
		const sha256 = await bench.deliver(workflow, { algorithm: 'sha256' });

		expect([sha512.status, prefixed.status, sha256.status]).toStrictEqual([200, 200, 401]);
	});

	test('and outputs the event unchanged', async () => {
		const workflow = await bench.publish();

		await bench.deliver(workflow, { rawBody: PHP_BODY });

		expect(workflow.executions[0]?.items.map(({ json }) => ({ json }))).toStrictEqual([
			{
				json: {
					event: 'payment.completed',
					event_id: 'e-1',
					customer: { fullname: 'محمد' },
					invoice: { amount: 100, payment_url: 'https://payment.rsompay.com/pay' },
				},
			},
		]);
	});
});

describe('rejects', () => {
	test.each<[string, Partial<DeliveryRequest>, string]>([
		['another secret', { secret: 'another secret' }, 'wrong signature'],
		['no signature', { signature: null }, 'missing signature'],
		['an empty signature', { signature: ' ' }, 'missing signature'],
		['a truncated signature', { signature: VALID.slice(0, -1) }, 'malformed signature'],
		['half a signature', { signature: VALID.slice(0, 32) }, 'malformed signature'],
		['a longer signature', { signature: `${VALID}00` }, 'malformed signature'],
		['a signature that is not hex', { signature: 'z'.repeat(64) }, 'malformed signature'],
		[
			'base64 of the wrong length',
			{ signature: Buffer.from('short').toString('base64') },
			'malformed signature',
		],
		['SHA-512 when SHA-256 is expected', { algorithm: 'sha512' }, 'malformed signature'],
		[
			'the hash without a key',
			{ signature: createHmac('sha256', '').update(BODY).digest('hex') },
			'wrong signature',
		],
		[
			'the secret itself',
			{ signature: Buffer.from(SECRET).toString('hex') },
			'malformed signature',
		],
		['nothing but commas', { signature: ',,,' }, 'malformed signature'],
		['several wrong ones', { signature: `${FORGED},${FORGED}` }, 'wrong signature'],
		[
			'a body that was serialized again',
			{
				rawBody: JSON.stringify(JSON.parse(PHP_BODY)),
				signature: signBody(PHP_BODY, SECRET),
			},
			'wrong signature',
		],
		[
			'a body with another amount',
			{ rawBody: PHP_BODY.replace('100.00', '1.00'), signature: signBody(PHP_BODY, SECRET) },
			'wrong signature',
		],
		[
			'a forged body that n8n does not parse',
			{ headers: { 'content-type': 'application/octet-stream' }, signature: FORGED },
			'wrong signature',
		],
	])('%s: 401, no execution, one warning', async (_what, request, reason) => {
		const workflow = await bench.publish();

		const { status, body } = await bench.deliver(workflow, { rawBody: BODY, ...request });

		expect(status).toBe(401);
		expect(JSON.parse(body)).toStrictEqual({
			message: `The webhook could not be verified: ${reason}`,
		});
		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toStrictEqual([]);
		expect(workflow.staticData()).toStrictEqual({});
		expect(logged('warn')).toHaveLength(1);
		expect(logged('warn')[0]?.message).toContain(reason);
		expect(logged('warn')[0]?.meta).toMatchObject({
			workflowId: workflow.id,
			nodeName: 'RsomPay Trigger',
		});
	});

	test('without a secret or a signature in the response or the log', async () => {
		const workflow = await bench.publish();

		const wrong = await bench.deliver(workflow, { rawBody: BODY, signature: FORGED });
		const malformed = await bench.deliver(workflow, { rawBody: BODY, signature: VALID.slice(1) });
		await bench.deliver(workflow, { rawBody: BODY });

		const text = JSON.stringify([wrong, malformed, logLines()]);
		for (const secret of [SECRET, PREVIOUS, FORGED, VALID.slice(1), bench.simulator.apiToken]) {
			expect(text).not.toContain(secret);
		}
	});

	test('a forged event that is not selected', async () => {
		const workflow = await bench.publish({ parameters: { events: ['payment.failed'] } });

		const { status } = await bench.deliver(workflow, { secret: 'another secret' });

		expect(status).toBe(401);
	});
});
