import { randomUUID } from 'node:crypto';
import type { Credential } from '../../harness/n8n/api.mts';
import { until } from '../../harness/n8n/until.mts';
import { phpJson, signBody } from '../../simulator/index.mts';
import { paymentCompleted, statusChanged } from './harness/events.mts';
import { lockDatabase } from './harness/storage.mts';
import { testThatSecretsStaySecret, type TriggerWorkflow, useTestBed } from './harness/testBed.mts';

const testBed = useTestBed();

/** n8n tries for 15 s to publish a workflow: it begins before the tests and is checked last. */
let unpublishable: {
	workflow: TriggerWorkflow;
	credential: Credential;
	publication: Promise<string>;
};
beforeAll(async () => {
	const credential = await testBed.createCredential({
		signingSecret: ' ',
		previousSigningSecret: testBed.simulator.signingSecret,
	});
	const workflow = await testBed.import({ credential });
	const publication = testBed.n8n.api.publish(workflow.id).then(
		() => 'published',
		(error: unknown) => String(error),
	);
	unpublishable = { workflow, credential, publication };
});

const WRONG_SECRET = 'rsom-secret-of-another-account';

const NOT_SUBSCRIBED = { status: 200, body: '{"message":"Event received, and not subscribed to"}' };
const DUPLICATE = { status: 200, body: '{"message":"Event received before"}' };

const times = <T,>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** Starts to collect the warnings that n8n logs about RsomPay nodes. */
function watchWarnings(): () => string[] {
	const before = testBed.n8n.warnings().length;
	return () =>
		testBed.n8n
			.warnings()
			.slice(before)
			.filter((text) => text.startsWith('RsomPay'));
}

test('a signed webhook: returns 200 and starts one execution with the event as it was sent', async () => {
	const workflow = await testBed.publish();
	const event = paymentCompleted();

	const { status } = await workflow.deliver(event);

	expect(status).toBe(200);
	expect(await workflow.started()).toStrictEqual([event]);
	expect(await workflow.executions()).toMatchObject([{ status: 'success', mode: 'webhook' }]);
});

describe('a webhook that cannot be verified', () => {
	let workflow: TriggerWorkflow;
	beforeAll(async () => {
		workflow = await testBed.publish();
	});

	test('with a wrong signature: returns 401, starts nothing and logs one warning', async () => {
		const warnings = watchWarnings();

		const { status } = await workflow.deliver(paymentCompleted(), { secret: WRONG_SECRET });

		expect(status).toBe(401);
		expect(await workflow.executions()).toStrictEqual([]);
		await until('a warning', () => warnings()[0]);
		expect(warnings()).toStrictEqual([
			'RsomPay Trigger responded to a webhook with 401. The webhook could not be verified: wrong signature',
		]);
	});

	test('with half of its body: n8n returns 422 and starts nothing', async () => {
		const body = phpJson(paymentCompleted());

		const { status } = await workflow.deliver(undefined, {
			rawBody: body.slice(0, 500),
			signature: signBody(body, testBed.simulator.signingSecret),
		});

		expect(status).toBe(422);
		expect(await workflow.executions()).toStrictEqual([]);
	});
});

describe('a signing secret', () => {
	// The trigger reads a credential again at most once a second.
	const SOON = 3_000;

	/** A wrong signature makes the trigger read its credential before the minute is over. */
	const forge = async (workflow: TriggerWorkflow) =>
		(await workflow.deliver(paymentCompleted(), { secret: WRONG_SECRET })).status;

	test('is rotated without losing a webhook, and the old one fails once it is removed', async () => {
		const [old, current] = [randomUUID(), randomUUID()];
		const credential = await testBed.createCredential({ signingSecret: old });
		const workflow = await testBed.publish({ credential });
		const statusWith = async (secret: string) =>
			(await workflow.deliver(paymentCompleted(), { secret })).status;
		const change = async (data: Record<string, string>) =>
			await testBed.n8n.api.updateCredential(credential, testBed.credentialData(data));
		expect(await statusWith(old)).toBe(200);

		await change({ signingSecret: current, previousSigningSecret: old });
		await until(
			'the current secret to be accepted',
			async () => (await statusWith(current)) === 200 || undefined,
			SOON,
		);
		expect(await statusWith(old)).toBe(200);

		await change({ signingSecret: current });
		await until(
			'the old secret to be rejected',
			async () => {
				await forge(workflow);
				return (await statusWith(old)) === 401 || undefined;
			},
			SOON,
		);
		expect(await statusWith(current)).toBe(200);
	});

	test('is removed: the trigger returns 503, and nothing starts', async () => {
		const credential = await testBed.createCredential();
		const workflow = await testBed.publish({ credential });
		expect(await workflow.deliver()).toMatchObject({ status: 200 });
		const warnings = watchWarnings();

		const data = testBed.credentialData({ signingSecret: '', previousSigningSecret: randomUUID() });
		await testBed.n8n.api.updateCredential(credential, data);
		await until(
			'the trigger to return 503',
			async () => (await forge(workflow)) === 503 || undefined,
			SOON,
		);

		for (const secret of ['', data.previousSigningSecret, testBed.simulator.signingSecret]) {
			expect(await workflow.deliver(paymentCompleted(), { secret })).toMatchObject({ status: 503 });
		}
		expect(await workflow.executions()).toHaveLength(1);
		expect(warnings()).toContain(
			'RsomPay Trigger responded to a webhook with 503. The RsomPay credential has no signing secret',
		);
	});
});

describe('an event', () => {
	test('that is not subscribed to or not known: returns 200 and starts nothing', async () => {
		const workflow = await testBed.publish({ parameters: { events: ['payment.completed'] } });
		const unknown = { ...paymentCompleted(), event: 'invoice.refunded' };

		const responses = [
			await workflow.deliver(paymentCompleted({ event: 'payment.failed' })),
			await workflow.deliver(statusChanged('paid')),
			await workflow.deliver(undefined, { payload: unknown }),
		];

		expect(responses).toMatchObject([NOT_SUBSCRIBED, NOT_SUBSCRIBED, NOT_SUBSCRIBED]);
		expect(await workflow.executions()).toStrictEqual([]);
	});

	test('that is null, though signed: returns 400 and starts nothing', async () => {
		const workflow = await testBed.publish();
		const warnings = watchWarnings();

		expect(await workflow.deliver(undefined, { payload: null })).toMatchObject({ status: 400 });
		expect(await workflow.executions()).toStrictEqual([]);
		await until('a warning', () => warnings()[0]);
	});
});

test('a payment that RsomPay confirms after its webhooks: they are repeated, and one run each has it as paid', async () => {
	const workflow = await testBed.publish({
		parameters: { events: ['payment.completed'], options: { confirm: true } },
	});
	const { control } = testBed.simulator;
	control.configure({ lagMs: 6_000, retryDelaysMs: [3_000, 1_000, 1_000, 1_000] });
	await testBed.issue({ external_id: 'LATER', notification_url: workflow.url });

	control.payInvoice('LATER');
	await control.settleDeliveries({ timeoutMs: 60_000 });

	const attempts = control.deliveries().filter(({ event }) => event === 'payment.completed');
	expect(attempts[0]).toMatchObject({ attempt: 1, status: 503 });
	expect(attempts.at(-1)).toMatchObject({ status: 200 });
	expect(await workflow.started()).toMatchObject([
		{ confirmed_invoice: { external_id: 'LATER', status: 'paid' } },
	]);
	expect(await control.repeatDelivery(attempts[0]?.event_id ?? '')).toBe(200);
	expect(await workflow.executions()).toHaveLength(1);
});

/** Delivers the same event five times at once. */
async function deliverFiveTimes(workflow: TriggerWorkflow) {
	const event = paymentCompleted();
	return { event, responses: await Promise.all(times(5, () => workflow.deliver(event))) };
}

test('an event that is delivered five times at once starts one execution', async () => {
	const workflow = await testBed.publish();

	const { event, responses } = await deliverFiveTimes(workflow);

	expect(responses.map(({ status }) => status)).toContain(200);
	for (const { status, headers } of responses) {
		if (status !== 200)
			expect({ status, headers }).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
	}
	expect(await workflow.deliver(event)).toMatchObject(DUPLICATE);
	expect(await workflow.started()).toStrictEqual([event]);
});

describe('a credential without a signing secret', () => {
	test('prevents the publication, and n8n says what to do', async () => {
		expect(await unpublishable.publication).toBe(
			`Error: n8n did not publish workflow ${unpublishable.workflow.id}: The RsomPay credential has no signing secret, so webhooks cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for the webhook signing secret and put it into the credential's 'Signing Secret'.`,
		);
		expect(await unpublishable.workflow.deliver()).toMatchObject({ status: 404 });
	});

	test('can be completed, and then the workflow is published', async () => {
		const { workflow, credential } = unpublishable;
		await testBed.n8n.api.updateCredential(credential, testBed.credentialData());
		await testBed.n8n.api.publish(workflow.id);

		expect(await workflow.deliver()).toMatchObject({ status: 200 });
	});
});

test.each(['onReceived', 'lastNode'])(
	'an event that n8n could not accept starts an execution when it is repeated (%s)',
	async (acknowledge) => {
		const workflow = await testBed.publish({ parameters: { options: { acknowledge } } });
		const event = paymentCompleted();
		const { control } = testBed.simulator;

		const unlock = lockDatabase(testBed.n8n);
		const twins = Promise.all([workflow.deliver(event), workflow.deliver(event)]);
		for (const { status } of await twins.finally(unlock))
			expect(status).toBeGreaterThanOrEqual(500);
		expect(await workflow.executions()).toStrictEqual([]);

		expect(await control.repeatDelivery(event.event_id)).toBe(200);
		expect(await control.repeatDelivery(event.event_id)).toBe(200);
		const [first, , ...repeated] = control.deliveries();
		expect(repeated).toMatchObject([
			{ body: first?.body, signature: first?.signature },
			{ body: first?.body, signature: first?.signature },
		]);
		expect(await workflow.started()).toStrictEqual([event]);
	},
);

describe('a repeated event after n8n was killed and started again', () => {
	const burst = times(20, () => paymentCompleted());
	let workflow: TriggerWorkflow;
	let single: Awaited<ReturnType<typeof deliverFiveTimes>>;
	beforeAll(async () => {
		workflow = await testBed.publish();
		single = await deliverFiveTimes(workflow);
		const responses = await Promise.all(burst.map((event) => workflow.deliver(event)));
		expect(responses.map(({ status }) => status)).toStrictEqual(times(20, () => 200));
		expect(await workflow.started()).toHaveLength(21);
		await testBed.n8n.kill();
		await testBed.n8n.restart();
	});

	test('is a duplicate if it was delivered five times at once', async () => {
		const responses = await Promise.all(times(5, () => workflow.deliver(single.event)));

		expect(responses).toMatchObject(times(5, () => DUPLICATE));
	});

	test('is a duplicate if it was one of twenty at once', async () => {
		const responses = await Promise.all(burst.map((event) => workflow.deliver(event)));

		expect(responses).toMatchObject(times(20, () => DUPLICATE));
	});

	test('has started one execution, and a new event starts one', async () => {
		const event = paymentCompleted();
		expect(await workflow.deliver(event)).toMatchObject({ status: 200 });

		const started = await workflow.started();
		const ids = [single.event, ...burst, event].map(({ event_id }) => event_id);
		expect(started.map(({ event_id }) => event_id).sort()).toStrictEqual(ids.sort());
	});
});

testThatSecretsStaySecret(testBed);
