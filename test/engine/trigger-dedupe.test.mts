import { setTimeout as wait } from 'node:timers/promises';

import { type DeliveryResponse, exampleEvent } from '../../simulator/index.mts';
import { type TriggerSettings, useRsomPay } from './harness/rsompay.mts';
import { advanceClock, until } from './harness/time.mts';
import type { PublishedWorkflow } from './harness/published-workflow.mts';

const bench = useRsomPay();

const DUPLICATE = { status: 200, body: '{"message":"Event received before"}' };

const startedIds = (workflow: PublishedWorkflow) =>
	workflow.executions.flatMap(({ items }) => items.map(({ json }) => json.event_id));

const failToAccept = () => {
	throw new Error('SQLITE_BUSY: database is locked');
};

/** Delivers a signed event with an event ID. */
const deliver = async (workflow: PublishedWorkflow, eventId: string): Promise<DeliveryResponse> =>
	await bench.deliver(workflow, { payload: exampleEvent({ event_id: eventId }) });

describe('a duplicate webhook', () => {
	test('gets a 200 and starts nothing', async () => {
		const workflow = await bench.publish();

		await deliver(workflow, 'e-1');
		const duplicates = [await deliver(workflow, 'e-1'), await deliver(workflow, 'e-1')];

		expect(duplicates).toMatchObject([DUPLICATE, DUPLICATE]);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});

	test('is recognized by its event ID alone', async () => {
		const workflow = await bench.publish();

		await deliver(workflow, 'e-1');
		await bench.deliver(workflow, {
			payload: exampleEvent({ event_id: 'e-1', event: 'payment.failed' }),
		});
		await deliver(workflow, 'e-2');

		expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-2']);
	});

	test('is recognized after a restart of n8n', async () => {
		const workflow = await bench.publish();
		await deliver(workflow, 'e-1');
		await deliver(workflow, 'e-2');

		await bench.n8n.restart();

		expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);
		expect(await deliver(workflow, 'e-2')).toMatchObject(DUPLICATE);
		expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-2']);
	});

	test('is recognized for 72 hours, also after a restart', async () => {
		const workflow = await bench.publish();
		await deliver(workflow, 'e-1');

		advanceClock(71 * 60 * 60 * 1000);
		await bench.n8n.restart();
		expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);

		advanceClock(2 * 60 * 60 * 1000);
		expect((await deliver(workflow, 'e-1')).body).toBe('');
		expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('is not one for another workflow', async () => {
		const [first, second] = [await bench.publish(), await bench.publish()];

		await deliver(first, 'e-1');
		await deliver(second, 'e-1');

		expect([startedIds(first), startedIds(second)]).toStrictEqual([['e-1'], ['e-1']]);
	});

	test('is not one when the first was forged or not selected', async () => {
		const workflow = await bench.publish({ parameters: { events: ['payment.completed'] } });
		const payload = exampleEvent({ event_id: 'e-1' });

		await bench.deliver(workflow, { payload, secret: 'another secret' });
		await bench.deliver(workflow, { payload: { ...payload, event: 'payment.failed' } });
		await bench.deliver(workflow, { payload });

		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});
});

describe('the same webhook several times at once', () => {
	/** Delivers one event several times. n8n accepts the first after the responses to all others. */
	const deliverAtOnce = async (
		workflow: PublishedWorkflow,
		times: number,
		accept: () => void,
	): Promise<DeliveryResponse[]> => {
		const othersDone = Promise.withResolvers<undefined>();
		workflow.onAccept = async () => {
			await othersDone.promise;
			accept();
		};
		let responseCount = 0;
		return await Promise.all(
			Array.from({ length: times }, async () => {
				const response = await deliver(workflow, 'e-1');
				responseCount += 1;
				if (responseCount === times - 1) othersDone.resolve(undefined);
				return response;
			}),
		);
	};

	test('starts one execution and responds with 503 and Retry-After to the others', async () => {
		const workflow = await bench.publish();
		const responses = await deliverAtOnce(workflow, 5, () => undefined);

		const others = responses.filter(({ status }) => status !== 200);
		expect(others.map(({ status }) => status)).toStrictEqual([503, 503, 503, 503]);
		for (const { headers } of others) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
		expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});

	test('starts one execution in any order of arrival', async () => {
		const workflow = await bench.publish();

		const responses = await Promise.all(
			Array.from({ length: 5 }, async () => await deliver(workflow, 'e-1')),
		);

		expect(responses.every(({ status }) => status === 200 || status === 503)).toBe(true);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});

	test('starts the retry when n8n does not accept the first', async () => {
		const workflow = await bench.publish();

		const responses = await deliverAtOnce(workflow, 2, failToAccept);
		workflow.onAccept = () => undefined;
		const retry = await deliver(workflow, 'e-1');

		expect(responses.map(({ status }) => status).sort()).toStrictEqual([500, 503]);
		expect(retry.status).toBe(200);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});
});

describe('a webhook that n8n did not accept', () => {
	test('starts the workflow once when it is retried', async () => {
		const workflow = await bench.publish();
		workflow.onAccept = failToAccept;

		const failed = await deliver(workflow, 'e-1');
		const failedAgain = await deliver(workflow, 'e-1');
		workflow.onAccept = () => undefined;
		const accepted = await deliver(workflow, 'e-1');
		const duplicate = await deliver(workflow, 'e-1');

		expect([failed, failedAgain, accepted].map(({ status }) => status)).toStrictEqual([
			500, 500, 200,
		]);
		expect(duplicate).toMatchObject(DUPLICATE);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});

	test('starts the workflow when it is retried after a restart', async () => {
		const workflow = await bench.publish();
		await deliver(workflow, 'e-0');
		workflow.onAccept = failToAccept;
		await deliver(workflow, 'e-1');

		await bench.n8n.restart();
		workflow.onAccept = () => undefined;
		await deliver(workflow, 'e-1');

		expect(startedIds(workflow)).toStrictEqual(['e-0', 'e-1']);
	});
});

describe('an event whose execution does not begin for 10 minutes', () => {
	const slow = { name: 'After', type: 'test.pass', parameters: { delayMs: 6_000 } };

	test.each<[string, TriggerSettings, number]>([
		['also with Always Output Data', { node: { alwaysOutputData: true } }, 200],
		[
			'also with On Error: Continue',
			{
				node: { onError: 'continueRegularOutput' },
				parameters: { options: { acknowledge: 'lastNode' } },
				next: [slow],
			},
			500,
		],
	])('is started again, and runs once, %s', async (_setting, settings, status) => {
		const workflow = await bench.publish({
			next: [{ name: 'After', type: 'test.pass' }],
			...settings,
		});
		const lost = Promise.withResolvers<undefined>();
		const delays = [lost.promise];
		workflow.onAccept = async () => await delays.shift();
		const first = deliver(workflow, 'e-1');
		await until(() => delays.length === 0);
		expect((await deliver(workflow, 'e-1')).status).toBe(503);

		advanceClock(10 * 60_000);
		const second = deliver(workflow, 'e-1');
		await until(() => workflow.executions.length === 1);
		lost.resolve(undefined);
		const statuses = [(await first).status, (await second).status];
		const runs = await Promise.all(workflow.executions.map(async ({ finished }) => await finished));

		expect(statuses.sort()).toStrictEqual([200, status]);
		expect(runs.flatMap((run) => run.tasks('After'))).toHaveLength(1);
	});
});

test('webhooks accepted at the same time are all recognized after a restart', async () => {
	const workflow = await bench.publish();
	const ids = ['e-1', 'e-2', 'e-3'];
	// The first one is saved last, over what the others have saved meanwhile.
	const othersDone = Promise.withResolvers<undefined>();
	const delays = [othersDone.promise];
	workflow.onAccept = async () => await delays.shift();

	const [first = '', ...others] = ids;
	const firstResponse = deliver(workflow, first);
	await until(() => delays.length === 0);
	for (const id of others) await deliver(workflow, id);
	othersDone.resolve(undefined);
	await firstResponse;
	await bench.n8n.restart();

	for (const id of ids) expect(await deliver(workflow, id)).toMatchObject(DUPLICATE);
	expect(startedIds(workflow).sort()).toStrictEqual(ids);
});

test('a webhook whose sender disconnects is recognized after it was accepted', async () => {
	const workflow = await bench.publish();
	// Long enough for a busy machine to read the body before the sender disconnects.
	workflow.onAccept = async () => await wait(1_600);
	bench.simulator.control.configure({ deliveryTimeoutMs: 1_200 });

	await expect(deliver(workflow, 'e-1')).rejects.toThrow();
	bench.simulator.control.configure({ deliveryTimeoutMs: 5000 });
	await until(() => workflow.executions.length === 1);
	await until(() => Object.keys(workflow.staticData()).length === 1);

	expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);
	expect(startedIds(workflow)).toStrictEqual(['e-1']);
});

describe('acknowledge: onReceived', () => {
	test('responds while the workflow runs', async () => {
		const workflow = await bench.publish({
			next: [{ name: 'Slow', type: 'test.pass', parameters: { delayMs: 700 } }],
		});

		const responded = deliver(workflow, 'e-1').then(() => 'responded');
		await until(() => workflow.executions.length === 1);
		const finished = workflow.executions[0]?.finished.then(({ status }) => status);

		expect(await Promise.race([responded, finished])).toBe('responded');
		expect(await finished).toBe('success');
	});

	test('is the default, and a failed workflow does not run again', async () => {
		const workflow = await bench.publish({ next: [{ name: 'Fail', type: 'test.fail' }] });

		const { status } = await deliver(workflow, 'e-1');
		await workflow.executions[0]?.finished;

		expect(status).toBe(200);
		expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);
	});
});

describe('acknowledge: lastNode', () => {
	const parameters = { options: { acknowledge: 'lastNode' } };
	const slow = { name: 'Slow', type: 'test.pass', parameters: { delayMs: 400 } };

	test('responds when the workflow has finished, and recognizes a duplicate', async () => {
		const workflow = await bench.publish({ parameters, next: [slow] });

		const startedAt = performance.now();
		const { status, body } = await deliver(workflow, 'e-1');

		expect(status).toBe(200);
		expect(body).toBe('');
		expect(performance.now() - startedAt).toBeGreaterThanOrEqual(400);
		expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});

	test('responds with 500 when the workflow fails, and runs it again', async () => {
		const workflow = await bench.publish({
			parameters,
			next: [{ name: 'Fail', type: 'test.fail' }],
		});

		const responses = [await deliver(workflow, 'e-1'), await deliver(workflow, 'e-1')];

		expect(responses.map(({ status }) => status)).toStrictEqual([500, 500]);
		expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('runs a failed workflow again after a restart', async () => {
		const workflow = await bench.publish({
			parameters,
			next: [{ name: 'Fail', type: 'test.fail' }],
		});
		await deliver(workflow, 'e-1');

		await bench.n8n.restart();
		await deliver(workflow, 'e-1');

		expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('responds with 503 to a duplicate while the workflow runs', async () => {
		const workflow = await bench.publish({ parameters, next: [slow] });

		const first = deliver(workflow, 'e-1');
		await until(() => workflow.executions.length === 1);
		const duplicate = await deliver(workflow, 'e-1');

		expect(duplicate.status).toBe(503);
		expect(Number(duplicate.headers['retry-after'])).toBeGreaterThan(0);
		expect((await first).status).toBe(200);
		expect(startedIds(workflow)).toStrictEqual(['e-1']);
	});

	test('runs again after n8n was killed during the execution', async () => {
		const workflow = await bench.publish({ parameters, next: [slow] });
		const first = deliver(workflow, 'e-1');
		await until(() => workflow.executions.length === 1);

		await bench.n8n.restart();
		const retry = await deliver(workflow, 'e-1');
		await first;

		expect(retry).toMatchObject({ status: 200, body: '' });
		expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('does not save static data, which the execution may have changed', async () => {
		const workflow = await bench.publish({ parameters });
		const before = workflow.staticData();

		await deliver(workflow, 'e-1');

		expect(workflow.staticData()).toStrictEqual(before);
	});

	test.each([
		['an event that is not selected', 'payment.failed'],
		['a duplicate', 'payment.completed'],
	] as const)(
		'saves acknowledged events with %s, so that a restart keeps them',
		async (_, event) => {
			const workflow = await bench.publish({
				parameters: { ...parameters, events: ['payment.completed'] },
			});
			await deliver(workflow, 'e-1');
			await bench.deliver(workflow, { payload: exampleEvent({ event, event_id: 'e-1' }) });

			await bench.n8n.restart();

			expect(await deliver(workflow, 'e-1')).toMatchObject(DUPLICATE);
		},
	);
});

test('the editor starts the workflow for each selected event and stores nothing', async () => {
	const workflow = await bench.publish({ parameters: { events: ['payment.completed'] } });
	workflow.mode = 'manual';

	for (const eventId of ['e-1', 'e-1']) await deliver(workflow, eventId);
	await bench.deliver(workflow, { payload: exampleEvent({ event: 'payment.failed' }) });
	expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-1']);
	expect(workflow.staticData()).toStrictEqual({});

	workflow.mode = 'webhook';
	await deliver(workflow, 'e-1');
	expect(startedIds(workflow)).toStrictEqual(['e-1', 'e-1', 'e-1']);
});
