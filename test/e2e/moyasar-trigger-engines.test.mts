import { setTimeout as wait } from 'node:timers/promises';
import { POLL_ENGINES } from '../../harness/n8n/pollEngines.mts';
import { until } from '../../harness/n8n/until.mts';
import { type PollingWorkflow, useMoyasar } from './harness/moyasar.mts';
import { useTestBed } from './harness/testBed.mts';

// The scenario `moyasar-trigger` tries more cases, and more moments at which n8n is killed.
describe.each(POLL_ENGINES)('on the $name', ({ env }) => {
	const testBed = useTestBed(env);
	const moyasar = useMoyasar(testBed);

	/** Adds a payment now. Moyasar's clock, by which a workflow starts, has whole seconds. */
	const pay = async () => {
		await wait(1_100);
		return moyasar.control.addPayment().id;
	};

	const idsOf = async (workflow: PollingWorkflow) => (await workflow.started()).map(({ id }) => id);

	/** A durable poll may start late on a busy machine. */
	const untilStartedBy = async (workflow: PollingWorkflow, payment: string) => {
		const isStarted = async () => (await idsOf(workflow)).includes(payment) || undefined;
		await until(`payment ${payment} to start it`, isStarted, 60_000);
	};

	test('starts at each publication, and has lost and repeated nothing when n8n was killed', async () => {
		await pay();
		const workflow = await moyasar.publish();
		const first = await pay();
		await workflow.startedBy(1);
		await testBed.n8n.api.unpublish(workflow.id);
		await pay();
		await wait(1_100);
		await testBed.n8n.api.publish(workflow.id);
		const second = await pay();
		expect((await workflow.startedBy(2)).map(({ id }) => id)).toStrictEqual([first, second]);

		const third = await pay();
		await moyasar.polls(1);
		await wait(20);
		await testBed.n8n.kill();
		const fourth = await pay();
		await testBed.n8n.restart();
		await untilStartedBy(workflow, fourth);
		await moyasar.polls(2);
		for (const { id, status } of await workflow.executions()) {
			if (status === 'crashed') await testBed.n8n.api.retry(id);
		}

		await untilStartedBy(workflow, third);
		expect((await idsOf(workflow)).toSorted()).toStrictEqual(
			[first, second, third, fourth].toSorted(),
		);
	});
});
