import { setTimeout as wait } from 'node:timers/promises';
import { pollAtSeconds } from '../../harness/n8n/pollEngines.mts';
import type { Bed, Outcome } from './bed.mts';

/** A situation that the trigger must come through. */
export interface Case {
	name: string;
	run(bed: Bed, workflowId: string): Promise<Outcome>;
	/** Parameters of the trigger. */
	parameters?: () => Record<string, unknown>;
}

/** When n8n is killed, in ms after Moyasar has answered a poll that has payments. */
const KILLED_AFTER_MS = [0, 15, 40, 80, 150];

/** Every ten seconds, first in six to sixteen seconds: the payments are made before the first poll. */
const LATER = () => {
	const first = (new Date().getSeconds() + 6) % 10;
	return { pollTimes: pollAtSeconds([0, 10, 20, 30, 40, 50].map((ten) => ten + first)) };
};

export const CASES: readonly Case[] = [
	{
		name: 'right after publishing',
		parameters: LATER,
		run: async (bed, workflowId) => {
			const before = bed.pay(2);
			await wait(1_100);
			await bed.publish(workflowId);
			return await bed.outcome(workflowId, bed.pay(2), before);
		},
	},
	{
		name: 'a backlog of 93',
		run: async (bed, workflowId) => {
			await bed.publish(workflowId);
			return await bed.outcome(workflowId, bed.pay(93));
		},
	},
	{
		name: 'Moyasar out at publication',
		run: async (bed, workflowId) => {
			bed.control.injectFault({ kind: 'status', status: 503 });
			// n8n may also publish it, when one of its polls has not ended.
			await bed.publish(workflowId).catch(() => undefined);
			bed.control.clearFaults();
			await bed.publish(workflowId);
			return await bed.outcome(workflowId, bed.pay(3));
		},
	},
	{
		name: 'unpublished for a while',
		run: async (bed, workflowId) => {
			await bed.publish(workflowId);
			const first = bed.pay(2);
			await bed.received(first);
			await bed.n8n.api.unpublish(workflowId);
			const meanwhile = bed.pay(3);
			await wait(1_100);
			await bed.publish(workflowId);
			return await bed.outcome(workflowId, [...first, ...bed.pay(2)], meanwhile);
		},
	},
	{
		name: 'killed with 60 waiting',
		run: async (bed, workflowId) => {
			await bed.publish(workflowId);
			const first = bed.pay(2);
			await bed.received(first);
			await bed.n8n.kill();
			const waiting = bed.pay(60);
			await bed.n8n.restart();
			return await bed.outcome(workflowId, [...first, ...waiting]);
		},
	},
	...KILLED_AFTER_MS.map((ms): Case => ({
		name: `killed ${ms} ms after a poll`,
		run: async (bed, workflowId) => {
			await bed.publish(workflowId);
			await bed.polls(Date.now());
			const payments = bed.pay(10);
			await bed.polls(Date.now());
			await wait(ms);
			await bed.n8n.kill();
			await bed.n8n.restart();
			return await bed.outcome(workflowId, payments);
		},
	})),
];
