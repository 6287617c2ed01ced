import { setTimeout as wait } from 'node:timers/promises';

import { type DeliveryResponse, exampleEvent } from '../../simulator/index.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { advanceClock, until } from './harness/time.mts';
import type { PublishedWorkflow } from './harness/published-workflow.mts';

const bench = useRsomPay();

const REPEATED = { status: 200, body: '{"message":"Event received before"}' };

const idsRun = (workflow: PublishedWorkflow) =>
	workflow.executions.flatMap(({ items }) => items.map(({ json }) => json.event_id));

const refuseToAccept = () => {
	throw new Error('SQLITE_BUSY: database is locked');
};

/** Delivers an event, signed. */
const deliver = async (workflow: PublishedWorkflow, eventId: string): Promise<DeliveryResponse> =>
	await bench.deliver(workflow, { payload: exampleEvent({ event_id: eventId }) });

describe('a repeated delivery', () => {
	test('gets a 200 and starts nothing', async () => {
		const workflow = await bench.publish();

		await deliver(workflow, 'e-1');
		const repeated = [await deliver(workflow, 'e-1'), await deliver(workflow, 'e-1')];

		expect(repeated).toMatchObject([REPEATED, REPEATED]);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});

	test('is told by its event ID, whatever else is in it', async () => {
		const workflow = await bench.publish();

		await deliver(workflow, 'e-1');
		await bench.deliver(workflow, {
			payload: exampleEvent({ event_id: 'e-1', event: 'payment.failed' }),
		});
		await deliver(workflow, 'e-2');

		expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-2']);
	});

	test('is known after n8n was restarted', async () => {
		const workflow = await bench.publish();
		await deliver(workflow, 'e-1');
		await deliver(workflow, 'e-2');

		await bench.n8n.restart();

		expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);
		expect(await deliver(workflow, 'e-2')).toMatchObject(REPEATED);
		expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-2']);
	});

	test('is known for 72 hours, and after a restart too', async () => {
		const workflow = await bench.publish();
		await deliver(workflow, 'e-1');

		advanceClock(71 * 60 * 60 * 1000);
		await bench.n8n.restart();
		expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);

		advanceClock(2 * 60 * 60 * 1000);
		expect((await deliver(workflow, 'e-1')).body).toBe('');
		expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('is another one for another workflow', async () => {
		const [first, second] = [await bench.publish(), await bench.publish()];

		await deliver(first, 'e-1');
		await deliver(second, 'e-1');

		expect([idsRun(first), idsRun(second)]).toStrictEqual([['e-1'], ['e-1']]);
	});

	test('is not one when the first was forged, or not subscribed to', async () => {
		const workflow = await bench.publish({ parameters: { events: ['payment.completed'] } });
		const payload = exampleEvent({ event_id: 'e-1' });

		await bench.deliver(workflow, { payload, secret: 'another secret' });
		await bench.deliver(workflow, { payload: { ...payload, event: 'payment.failed' } });
		await bench.deliver(workflow, { payload });

		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});
});

describe('the same delivery five times at once', () => {
	/** Delivers it so often; the first is accepted only when all the others have been answered. */
	const deliverAtOnce = async (
		workflow: PublishedWorkflow,
		times: number,
		accept: () => void,
	): Promise<DeliveryResponse[]> => {
		const twinsAnswered = Promise.withResolvers<undefined>();
		workflow.onAccept = async () => {
			await twinsAnswered.promise;
			accept();
		};
		let answered = 0;
		return await Promise.all(
			Array.from({ length: times }, async () => {
				const answer = await deliver(workflow, 'e-1');
				answered += 1;
				if (answered === times - 1) twinsAnswered.resolve(undefined);
				return answer;
			}),
		);
	};

	test('starts one execution; the twins are told to come back', async () => {
		const workflow = await bench.publish();
		const answers = await deliverAtOnce(workflow, 5, () => undefined);

		const twins = answers.filter(({ status }) => status !== 200);
		expect(twins.map(({ status }) => status)).toStrictEqual([503, 503, 503, 503]);
		for (const { headers } of twins) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
		expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});

	test('starts one execution, however they meet', async () => {
		const workflow = await bench.publish();

		const answers = await Promise.all(
			Array.from({ length: 5 }, async () => await deliver(workflow, 'e-1')),
		);

		expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});

	test('of which the one that n8n fails to accept leaves the way free for its retry', async () => {
		const workflow = await bench.publish();

		const answers = await deliverAtOnce(workflow, 2, refuseToAccept);
		workflow.onAccept = () => undefined;
		const retry = await deliver(workflow, 'e-1');

		expect(answers.map(({ status }) => status).sort()).toStrictEqual([500, 503]);
		expect(retry.status).toBe(200);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});
});

describe('a delivery that n8n failed to accept', () => {
	test('runs when it is repeated, and once', async () => {
		const workflow = await bench.publish();
		workflow.onAccept = refuseToAccept;

		const failed = await deliver(workflow, 'e-1');
		const failedAgain = await deliver(workflow, 'e-1');
		workflow.onAccept = () => undefined;
		const accepted = await deliver(workflow, 'e-1');
		const repeated = await deliver(workflow, 'e-1');

		expect([failed, failedAgain, accepted].map(({ status }) => status)).toStrictEqual([
			500, 500, 200,
		]);
		expect(repeated).toMatchObject(REPEATED);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});

	test('runs when it is repeated after a restart', async () => {
		const workflow = await bench.publish();
		await deliver(workflow, 'e-0');
		workflow.onAccept = refuseToAccept;
		await deliver(workflow, 'e-1');

		await bench.n8n.restart();
		workflow.onAccept = () => undefined;
		await deliver(workflow, 'e-1');

		expect(idsRun(workflow)).toStrictEqual(['e-0', 'e-1']);
	});
});

test('deliveries that are accepted side by side are all remembered across a restart', async () => {
	const workflow = await bench.publish();
	const ids = ['e-1', 'e-2', 'e-3'];
	// The first to come is the last to be saved, over what the others have saved meanwhile.
	const othersAnswered = Promise.withResolvers<undefined>();
	const waits = [othersAnswered.promise];
	workflow.onAccept = async () => await waits.shift();

	const [first = '', ...others] = ids;
	const firstAnswer = deliver(workflow, first);
	await until(() => waits.length === 0);
	for (const id of others) await deliver(workflow, id);
	othersAnswered.resolve(undefined);
	await firstAnswer;
	await bench.n8n.restart();

	for (const id of ids) expect(await deliver(workflow, id)).toMatchObject(REPEATED);
	expect(idsRun(workflow).sort()).toStrictEqual(ids);
});

test('a delivery whose sender hangs up is remembered when it is accepted', async () => {
	const workflow = await bench.publish();
	// Long enough for a busy machine to have read the body by then.
	workflow.onAccept = async () => await wait(1_600);
	bench.simulator.control.configure({ deliveryTimeoutMs: 1_200 });

	await expect(deliver(workflow, 'e-1')).rejects.toThrow();
	bench.simulator.control.configure({ deliveryTimeoutMs: 5000 });
	await until(() => workflow.executions.length === 1);
	await until(() => Object.keys(workflow.staticData()).length === 1);

	expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);
	expect(idsRun(workflow)).toStrictEqual(['e-1']);
});

describe('Acknowledge: when the event is accepted', () => {
	test('answers while the workflow still runs', async () => {
		const workflow = await bench.publish({
			next: [{ name: 'Slow', type: 'test.pass', parameters: { delayMs: 700 } }],
		});

		const answered = deliver(workflow, 'e-1').then(() => 'answered');
		await until(() => workflow.executions.length === 1);
		const finished = workflow.executions[0]?.finished.then(({ status }) => status);

		expect(await Promise.race([answered, finished])).toBe('answered');
		expect(await finished).toBe('success');
	});

	test('is the default, and is not asked again when the workflow fails', async () => {
		const workflow = await bench.publish({ next: [{ name: 'Fail', type: 'test.fail' }] });

		const { status } = await deliver(workflow, 'e-1');
		await workflow.executions[0]?.finished;

		expect(status).toBe(200);
		expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);
	});
});

describe('Acknowledge: when the workflow has finished', () => {
	const parameters = { options: { acknowledge: 'lastNode' } };
	const slow = { name: 'Slow', type: 'test.pass', parameters: { delayMs: 400 } };

	test('answers when it has finished, and remembers the delivery', async () => {
		const workflow = await bench.publish({ parameters, next: [slow] });

		const startedAt = performance.now();
		const { status, body } = await deliver(workflow, 'e-1');

		expect(status).toBe(200);
		expect(body).toBe('');
		expect(performance.now() - startedAt).toBeGreaterThanOrEqual(400);
		expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});

	test('does not acknowledge a workflow that fails, and runs it again', async () => {
		const workflow = await bench.publish({
			parameters,
			next: [{ name: 'Fail', type: 'test.fail' }],
		});

		const answers = [await deliver(workflow, 'e-1'), await deliver(workflow, 'e-1')];

		expect(answers.map(({ status }) => status)).toStrictEqual([500, 500]);
		expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('runs a failed delivery again after a restart too', async () => {
		const workflow = await bench.publish({
			parameters,
			next: [{ name: 'Fail', type: 'test.fail' }],
		});
		await deliver(workflow, 'e-1');

		await bench.n8n.restart();
		await deliver(workflow, 'e-1');

		expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('tells a twin to come back while the workflow runs', async () => {
		const workflow = await bench.publish({ parameters, next: [slow] });

		const first = deliver(workflow, 'e-1');
		await until(() => workflow.executions.length === 1);
		const twin = await deliver(workflow, 'e-1');

		expect(twin.status).toBe(503);
		expect(Number(twin.headers['retry-after'])).toBeGreaterThan(0);
		expect((await first).status).toBe(200);
		expect(idsRun(workflow)).toStrictEqual(['e-1']);
	});

	test('runs again what was under way when n8n was killed', async () => {
		const workflow = await bench.publish({ parameters, next: [slow] });
		const first = deliver(workflow, 'e-1');
		await until(() => workflow.executions.length === 1);

		await bench.n8n.restart();
		const retry = await deliver(workflow, 'e-1');
		await first;

		expect(retry).toMatchObject({ status: 200, body: '' });
		expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-1']);
	});

	test('leaves static data alone, which the run may have changed meanwhile', async () => {
		const workflow = await bench.publish({ parameters });
		const before = workflow.staticData();

		await deliver(workflow, 'e-1');

		expect(workflow.staticData()).toStrictEqual(before);
	});

	test.each([
		['an event not subscribed to', 'payment.failed'],
		['a repeated one', 'payment.completed'],
	] as const)(
		'writes down with %s what was acknowledged, for after a restart',
		async (_, event) => {
			const workflow = await bench.publish({
				parameters: { ...parameters, events: ['payment.completed'] },
			});
			await deliver(workflow, 'e-1');
			await bench.deliver(workflow, { payload: exampleEvent({ event, event_id: 'e-1' }) });

			await bench.n8n.restart();

			expect(await deliver(workflow, 'e-1')).toMatchObject(REPEATED);
		},
	);
});

test('in the editor an event runs each time, if it is subscribed to, and nothing is remembered', async () => {
	const workflow = await bench.publish({ parameters: { events: ['payment.completed'] } });
	workflow.mode = 'manual';

	for (const eventId of ['e-1', 'e-1']) await deliver(workflow, eventId);
	await bench.deliver(workflow, { payload: exampleEvent({ event: 'payment.failed' }) });
	expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-1']);
	expect(workflow.staticData()).toStrictEqual({});

	workflow.mode = 'webhook';
	await deliver(workflow, 'e-1');
	expect(idsRun(workflow)).toStrictEqual(['e-1', 'e-1', 'e-1']);
});
