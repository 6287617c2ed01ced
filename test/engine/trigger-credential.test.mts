import { logged, logLines } from './harness/logs.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { advanceClock } from './harness/time.mts';

const bench = useRsomPay();

/** A credential of this test alone: the trigger caches its secrets. */
const freshCredential = (changes = {}) => {
	const id = expect.getState().currentTestName ?? '';
	return { id, credentials: bench.credentials(changes, id) };
};

const MINUTE_MS = 60_000;

const containing = (text: string): unknown => expect.stringContaining(text);

describe('publishing', () => {
	test('succeeds with a signing secret', async () => {
		const workflow = await bench.publish();

		expect(await workflow.hook('checkExists')).toStrictEqual([false, false]);
		expect(await workflow.hook('create')).toStrictEqual([true, true]);
		expect(await workflow.hook('delete')).toStrictEqual([true, true]);
	});

	test.each(['', '   '])(
		'fails without a signing secret (%j) and explains where to get one',
		async (signingSecret) => {
			bench.credentials({ signingSecret, previousSigningSecret: 'the previous secret' });
			const workflow = await bench.publish();

			await expect(workflow.hook('create')).rejects.toThrow(
				"The RsomPay credential has no signing secret, so webhooks cannot be verified. Ask your RsomPay integration contact or tech@bseeds.sa for the webhook signing secret and put it into the credential's 'Signing Secret'.",
			);
		},
	);
});

describe('a webhook without a signing secret', () => {
	test.each([
		['no secret', { signingSecret: '' }],
		['only a previous secret', { signingSecret: '', previousSigningSecret: 'rsom-secret' }],
	])('gets a 503 and a warning and starts nothing: %s', async (_what, changes) => {
		const { credentials } = freshCredential(changes);
		const workflow = await bench.publish({ credentials });

		const signed = await bench.deliver(workflow, { secret: 'rsom-secret' });
		const unsigned = await bench.deliver(workflow, { signature: null });

		expect([signed.status, unsigned.status]).toStrictEqual([503, 503]);
		expect(workflow.executions).toStrictEqual([]);
		expect(workflow.failures).toStrictEqual([]);
		expect(logged('warn').map(({ message }) => message)).toStrictEqual(
			Array.from(
				{ length: 2 },
				() =>
					'RsomPay Trigger responded to a webhook with 503. The RsomPay credential has no signing secret',
			),
		);
	});

	test('gets a 503 while the credential cannot be read', async () => {
		const { id } = freshCredential();
		const credentials = { rsomPayApi: { id: `${id} saved later`, name: id } };
		const workflow = await bench.publish({ credentials });

		const failed = await bench.deliver(workflow);
		bench.credentials({}, `${id} saved later`);
		const succeeded = await bench.deliver(workflow);

		expect([failed.status, succeeded.status]).toStrictEqual([503, 200]);
		expect(workflow.failures).toStrictEqual([]);
		expect(logged('warn').map(({ message }) => message)).toStrictEqual([
			'The RsomPay credential could not be read',
			'RsomPay Trigger responded to a webhook with 503. The signing secret could not be read',
		]);
		expect(logged('warn')[0]?.meta).toMatchObject({ reason: containing(id) });
		expect(workflow.executions).toHaveLength(1);
	});
});

describe('the credential is read', () => {
	test('once a minute', async () => {
		const { id, credentials } = freshCredential();
		const workflow = await bench.publish({ credentials });
		const reads = () => bench.n8n.credentials.readCount(id);

		for (let count = 0; count < 5; count++) await bench.deliver(workflow);
		expect(reads()).toBe(1);
		advanceClock(MINUTE_MS - 10_000);
		await bench.deliver(workflow);
		expect(reads()).toBe(1);
		advanceClock(11_000);
		await bench.deliver(workflow);
		await bench.deliver(workflow);
		expect(reads()).toBe(2);
		expect(workflow.executions).toHaveLength(8);
	});

	test('once for webhooks that arrive together', async () => {
		const { id, credentials } = freshCredential();
		const workflow = await bench.publish({ credentials });
		bench.n8n.credentials.readDelayMs = 100;

		await Promise.all(Array.from({ length: 5 }, async () => await bench.deliver(workflow)));
		bench.n8n.credentials.readDelayMs = 0;

		expect(bench.n8n.credentials.readCount(id)).toBe(1);
		expect(workflow.executions).toHaveLength(5);
	});

	test('once for all workflows that use it', async () => {
		const { id, credentials } = freshCredential();

		for (const workflow of [
			await bench.publish({ credentials }),
			await bench.publish({ credentials }),
		]) {
			await bench.deliver(workflow);
			expect(workflow.executions).toHaveLength(1);
		}

		expect(bench.n8n.credentials.readCount(id)).toBe(1);
	});

	test('again at most once a second when signatures are wrong', async () => {
		const { id, credentials } = freshCredential();
		const workflow = await bench.publish({ credentials });
		const reads = () => bench.n8n.credentials.readCount(id);
		const forge = async () => {
			const { status } = await bench.deliver(workflow, { secret: 'another secret' });
			expect(status).toBe(401);
		};

		await bench.deliver(workflow);
		advanceClock(2000);
		const startedAt = Date.now();
		await Promise.all([forge(), forge(), forge(), forge()]);
		await forge();
		expect(Date.now() - startedAt).toBeLessThan(1000);
		expect(reads()).toBe(2);

		advanceClock(1000);
		await forge();
		expect(reads()).toBe(3);
	});
});

describe('a secret that is changed', () => {
	test('is valid at once', async () => {
		const { id, credentials } = freshCredential({ signingSecret: 'old' });
		const workflow = await bench.publish({ credentials });
		await bench.deliver(workflow, { secret: 'old' });

		advanceClock(1500);
		bench.credentials({ signingSecret: 'new', previousSigningSecret: 'old' }, id);
		const withNew = await bench.deliver(workflow, { secret: 'new' });
		const withOld = await bench.deliver(workflow, { secret: 'old' });

		expect([withNew.status, withOld.status]).toStrictEqual([200, 200]);
		expect(workflow.executions).toHaveLength(3);
	});

	test('is rejected after one minute when it was removed', async () => {
		const { id, credentials } = freshCredential({ signingSecret: 'old' });
		const workflow = await bench.publish({ credentials });
		await bench.deliver(workflow, { secret: 'old' });

		bench.credentials({ signingSecret: 'new' }, id);
		advanceClock(MINUTE_MS);
		const withOld = await bench.deliver(workflow, { secret: 'old' });

		expect(withOld.status).toBe(401);
		expect(workflow.executions).toHaveLength(1);
	});

	test('leads to 503 after one minute when none is left', async () => {
		const { id, credentials } = freshCredential({ signingSecret: 'old' });
		const workflow = await bench.publish({ credentials });
		await bench.deliver(workflow, { secret: 'old' });

		bench.credentials({ signingSecret: '' }, id);
		advanceClock(MINUTE_MS);
		const { status } = await bench.deliver(workflow, { secret: 'old' });

		expect(status).toBe(503);
		expect(workflow.executions).toHaveLength(1);
	});

	test('does not verify webhooks of another credential', async () => {
		const { id } = freshCredential();
		const workflows = await Promise.all(
			['one', 'two'].map(async (signingSecret) => {
				const credentials = bench.credentials({ signingSecret }, `${id} ${signingSecret}`);
				return await bench.publish({ credentials });
			}),
		);

		const responses = await Promise.all(
			workflows.flatMap((workflow) =>
				['one', 'two'].map(async (secret) => await bench.deliver(workflow, { secret })),
			),
		);

		expect(responses.map(({ status }) => status)).toStrictEqual([200, 401, 401, 200]);
		expect(JSON.stringify(logLines())).not.toContain('"one"');
	});
});
