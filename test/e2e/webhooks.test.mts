import { randomUUID } from 'node:crypto';
import axios from 'axios';
import type { Credential } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { exampleInvoiceRequest, phpJson, signBody } from '../../simulator/index.mts';
import { type Hook, testThatSecretsStaySecret, useBench } from './harness/bench.mts';
import { paymentCompleted, statusChanged } from './harness/events.mts';

const bench = useBench();

/** n8n tries for 15 s to publish a workflow, so this begins before the tests and is looked at last. */
let refused: { hook: Hook; credential: Credential; publication: Promise<string> };
beforeAll(async () => {
	const credential = await bench.createCredential({
		signingSecret: ' ',
		previousSigningSecret: bench.simulator.signingSecret,
	});
	const hook = await bench.import({ credential });
	const publication = bench.n8n.api.publish(hook.workflowId).then(
		() => 'published',
		(error: unknown) => String(error),
	);
	refused = { hook, credential, publication };
});

const FORGER = 'rsom-secret-of-somebody-else';

/** A delivery that is no subscribed event is answered so. */
const NOT_SUBSCRIBED = { status: 200, body: '{"message":"Event received, and not subscribed to"}' };

/** Starts to collect the warnings that n8n logs of its RsomPay Triggers. */
function watchWarnings(): () => string[] {
	const before = bench.n8n.warnings().length;
	return () =>
		bench.n8n
			.warnings()
			.slice(before)
			.filter((text) => text.startsWith('RsomPay'));
}

describe('a webhook that RsomPay signed', () => {
	test('is answered with 200 and starts one run, with the event as it was sent', async () => {
		const hook = await bench.publish();
		const event = paymentCompleted();

		const { status } = await hook.deliver(event);

		expect(status).toBe(200);
		expect(await hook.started()).toStrictEqual([event]);
		expect(await hook.executions()).toMatchObject([{ status: 'success', mode: 'webhook' }]);
	});

	test('is known by the previous secret too', async () => {
		const credential = await bench.createCredential({
			signingSecret: randomUUID(),
			previousSigningSecret: bench.simulator.signingSecret,
		});
		const hook = await bench.publish({ credential });

		expect(await hook.deliver()).toMatchObject({ status: 200 });
		expect(await hook.started()).toHaveLength(1);
	});
});

describe('a webhook that cannot be verified', () => {
	let hook: Hook;
	beforeAll(async () => {
		hook = await bench.publish();
	});

	const signed = (event: object) => signBody(phpJson(event), bench.simulator.signingSecret);

	test.each([
		['with another secret', 'wrong signature', () => ({ secret: FORGER })],
		['not at all', 'missing signature', () => ({ signature: null })],
		[
			'by half',
			'malformed signature',
			(event: object) => ({ signature: signed(event).slice(0, 32) }),
		],
		['for another event', 'wrong signature', () => ({ signature: signed(paymentCompleted()) })],
		[
			'before a proxy wrote its JSON anew',
			'wrong signature',
			(event: object) => ({ rawBody: JSON.stringify(event), signature: signed(event) }),
		],
	])(
		'(signed %s) is answered with 401 and starts nothing; the log says: %s',
		async (_how, reason, request) => {
			const warnings = watchWarnings();
			const event = paymentCompleted();

			const { status } = await hook.deliver(event, request(event));

			expect(status).toBe(401);
			expect(await hook.executions()).toStrictEqual([]);
			await until('a warning', () => warnings()[0]);
			expect(warnings()).toStrictEqual([
				`RsomPay Trigger answered a webhook with 401. The webhook could not be verified: ${reason}`,
			]);
		},
	);

	test('because half of its body is missing starts nothing', async () => {
		const event = paymentCompleted();
		const rawBody = phpJson(event).slice(0, 500);

		const { status } = await hook.deliver(event, { rawBody, signature: signed(event) });

		expect(status).toBe(422);
		expect(await hook.executions()).toStrictEqual([]);
	});

	test('does not stand in the way of the genuine one', async () => {
		const event = paymentCompleted();
		await hook.deliver(event, { secret: FORGER });

		expect(await hook.deliver(event)).toMatchObject({ status: 200 });
		expect(await hook.started()).toStrictEqual([event]);
	});
});

describe('a signing secret', () => {
	// The trigger reads a credential afresh at most once a second.
	const SOON = 3_000;

	/** A forgery makes the trigger look at its credential before the minute is over. */
	const forge = async (hook: Hook) =>
		(await hook.deliver(paymentCompleted(), { secret: FORGER })).status;

	test('is changed without losing a webhook, and the old one is over when it is removed', async () => {
		const [old, current] = [randomUUID(), randomUUID()];
		const credential = await bench.createCredential({ signingSecret: old });
		const hook = await bench.publish({ credential });
		const answer = async (secret: string) =>
			(await hook.deliver(paymentCompleted(), { secret })).status;
		const change = async (data: Record<string, string>) =>
			await bench.n8n.api.updateCredential(credential, bench.credentialData(data));
		expect(await answer(old)).toBe(200);

		await change({ signingSecret: current, previousSigningSecret: old });
		await until(
			'the current secret to be accepted',
			async () => (await answer(current)) === 200 || undefined,
			SOON,
		);
		expect(await answer(old)).toBe(200);

		await change({ signingSecret: current });
		await until(
			'the old secret to be refused',
			async () => {
				await forge(hook);
				return (await answer(old)) === 401 || undefined;
			},
			SOON,
		);
		expect(await answer(current)).toBe(200);
	});

	test('that is removed closes the trigger: 503, and nothing runs', async () => {
		const credential = await bench.createCredential();
		const hook = await bench.publish({ credential });
		expect(await hook.deliver()).toMatchObject({ status: 200 });
		const warnings = watchWarnings();

		const data = bench.credentialData({ signingSecret: '', previousSigningSecret: randomUUID() });
		await bench.n8n.api.updateCredential(credential, data);
		await until('the trigger to close', async () => (await forge(hook)) === 503 || undefined, SOON);

		for (const secret of ['', data.previousSigningSecret, bench.simulator.signingSecret]) {
			expect(await hook.deliver(paymentCompleted(), { secret })).toMatchObject({ status: 503 });
		}
		expect(await hook.executions()).toHaveLength(1);
		expect(warnings()).toContain(
			'RsomPay Trigger answered a webhook with 503. The RsomPay credential has no signing secret',
		);
	});
});

describe('an event', () => {
	test('that is not subscribed to, or not known, is answered with 200 and starts nothing', async () => {
		const hook = await bench.publish({ parameters: { events: ['payment.completed'] } });
		const unknown = { ...paymentCompleted(), event: 'invoice.refunded' };

		const answers = [
			await hook.deliver(paymentCompleted({ event: 'payment.failed' })),
			await hook.deliver(statusChanged('paid')),
			await hook.deliver(undefined, { payload: unknown }),
		];

		expect(answers).toMatchObject([NOT_SUBSCRIBED, NOT_SUBSCRIBED, NOT_SUBSCRIBED]);
		expect(await hook.executions()).toStrictEqual([]);
	});

	test('that is not known starts a workflow that is triggered on any event', async () => {
		const hook = await bench.publish({ parameters: { events: ['*'] } });
		const unknown = { ...paymentCompleted(), event: 'invoice.refunded', refund: { amount: 1 } };

		expect(await hook.deliver(undefined, { payload: unknown })).toMatchObject({ status: 200 });
		expect(await hook.started()).toStrictEqual([unknown]);
	});

	test('of a changed status counts by its new status', async () => {
		const events = ['payment.completed', 'invoice.status_changed'];
		const options = { newStatuses: ['paid', 'canceled'] };
		const hook = await bench.publish({ parameters: { events, options } });
		const wanted = [statusChanged('paid'), statusChanged('canceled'), paymentCompleted()];

		expect(await hook.deliver(statusChanged('failed'))).toMatchObject(NOT_SUBSCRIBED);
		for (const event of wanted) expect(await hook.deliver(event)).toMatchObject({ status: 200 });

		expect(await hook.started()).toStrictEqual(wanted);
	});

	test('waits for its invoice to be confirmed, if that is asked for', async () => {
		const { simulator } = bench;
		const hook = await bench.publish({ parameters: { options: { confirm: true } } });
		const event = paymentCompleted();
		simulator.control.injectFault({ kind: 'status', status: 500, match: { times: 1 } });

		expect(await hook.deliver(event)).toMatchObject({ status: 503 });
		expect(await hook.started()).toStrictEqual([]);

		await axios.post(`${simulator.apiBaseUrl}/invoices`, exampleInvoiceRequest, {
			headers: { Authorization: `Bearer ${simulator.apiToken}` },
			proxy: false,
		});
		expect(await hook.deliver(event)).toMatchObject({ status: 200 });
		expect(await hook.started()).toMatchObject([
			{ ...event, confirmed_invoice: { external_id: 'INV-PARTNER-001', status: 'issued' } },
		]);
	});

	test('comes with the headers of its request when they are asked for', async () => {
		const hook = await bench.publish({ parameters: { options: { includeHeaders: true } } });
		const event = paymentCompleted();

		await hook.deliver(event, { headers: { Authorization: 'Basic of-some-proxy' } });

		const [item] = await hook.started();
		expect(item).toMatchObject({
			...event,
			headers: {
				'x-rsom-signature': signBody(phpJson(event), bench.simulator.signingSecret),
				'user-agent': 'RsomPay-Simulator',
			},
		});
		expect(item?.headers).not.toHaveProperty('authorization');
	});

	test.each([[[]], [null], [{ event: 'payment.completed' }]])(
		'that is none (%j, though signed) is answered with 400 and starts nothing',
		async (payload) => {
			const hook = await bench.publish();
			const warnings = watchWarnings();

			expect(await hook.deliver(undefined, { payload })).toMatchObject({ status: 400 });
			expect(await hook.executions()).toStrictEqual([]);
			await until('a warning', () => warnings()[0]);
		},
	);
});

describe('a credential without a signing secret', () => {
	test('keeps the workflow from being published, and n8n says what to do', async () => {
		expect(await refused.publication).toBe(
			`Error: n8n did not publish workflow ${refused.hook.workflowId}: The RsomPay credential has no signing secret, so webhooks cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for the webhook signing secret and put it into the credential's 'Signing Secret'.`,
		);
		expect(await refused.hook.deliver()).toMatchObject({ status: 404 });
	});

	test('can be completed, and the workflow published', async () => {
		const { hook, credential } = refused;
		await bench.n8n.api.updateCredential(credential, bench.credentialData());
		await bench.n8n.api.publish(hook.workflowId);

		expect(await hook.deliver()).toMatchObject({ status: 200 });
	});
});

testThatSecretsStaySecret(bench);
