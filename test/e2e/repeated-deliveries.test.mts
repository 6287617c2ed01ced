import { type Hook, testThatSecretsStaySecret, useBench } from './harness/bench.mts';
import { paymentCompleted } from './harness/events.mts';
import { lockDatabase } from './harness/stored.mts';

const bench = useBench();

const RECEIVED_BEFORE = { status: 200, body: '{"message":"Event received before"}' };

const times = <T,>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** Delivers the same event five times at once; gives n8n's answers. */
async function deliverFiveTimes(hook: Hook) {
	const event = paymentCompleted();
	return { event, answers: await Promise.all(times(5, () => hook.deliver(event))) };
}

test('the same delivery, five times at once, starts one run', async () => {
	const hook = await bench.publish();

	const { event, answers } = await deliverFiveTimes(hook);

	expect(answers.map(({ status }) => status)).toContain(200);
	for (const { status, headers } of answers) {
		if (status !== 200)
			expect({ status, headers }).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
	}
	expect(await hook.deliver(event)).toMatchObject(RECEIVED_BEFORE);
	expect(await hook.started()).toStrictEqual([event]);
});

test.each(['onReceived', 'lastNode'])(
	'a delivery that n8n could not accept (%s) is not remembered: its repetition runs',
	async (acknowledge) => {
		const hook = await bench.publish({ parameters: { options: { acknowledge } } });
		const event = paymentCompleted();
		const { control } = bench.simulator;

		const unlock = lockDatabase(bench.n8n);
		const twins = Promise.all([hook.deliver(event), hook.deliver(event)]);
		for (const { status } of await twins.finally(unlock))
			expect(status).toBeGreaterThanOrEqual(500);
		expect(await hook.executions()).toStrictEqual([]);

		expect(await control.repeatDelivery(event.event_id)).toBe(200);
		expect(await control.repeatDelivery(event.event_id)).toBe(200);
		const [first, , ...repeated] = control.deliveries();
		expect(repeated).toMatchObject([
			{ body: first?.body, signature: first?.signature },
			{ body: first?.body, signature: first?.signature },
		]);
		expect(await hook.started()).toStrictEqual([event]);
	},
);

describe('after n8n was killed and started again', () => {
	const burst = times(20, () => paymentCompleted());
	let hook: Hook;
	let single: Awaited<ReturnType<typeof deliverFiveTimes>>;
	beforeAll(async () => {
		hook = await bench.publish();
		single = await deliverFiveTimes(hook);
		const answers = await Promise.all(burst.map((event) => hook.deliver(event)));
		expect(answers.map(({ status }) => status)).toStrictEqual(times(20, () => 200));
		expect(await hook.started()).toHaveLength(21);
		await bench.n8n.kill();
		await bench.n8n.restart();
	});

	test('what had come five times at once is known, whatever way it comes again', async () => {
		const answers = await Promise.all(times(5, () => hook.deliver(single.event)));

		expect(answers).toMatchObject(times(5, () => RECEIVED_BEFORE));
	});

	test('each of a burst of twenty different ones is known', async () => {
		const answers = await Promise.all(burst.map((event) => hook.deliver(event)));

		expect(answers).toMatchObject(times(20, () => RECEIVED_BEFORE));
	});

	test('there has been one run for each, and there is one for something new', async () => {
		const news = paymentCompleted();
		expect(await hook.deliver(news)).toMatchObject({ status: 200 });

		const started = await hook.started();
		const ids = [single.event, ...burst, news].map(({ event_id }) => event_id);
		expect(started.map(({ event_id }) => event_id).sort()).toStrictEqual(ids.sort());
	});
});

testThatSecretsStaySecret(bench);
