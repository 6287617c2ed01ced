import pLimit from 'p-limit';
import type { Bed } from './bed.mts';
import { Sender } from './sender.mts';
import { countEvents, rsomPayTrigger } from './workflows.mts';

/** How many deliveries a second were measured, with cold processes, where the scenarios kept up. */
const PLANNED_PER_SECOND = 5;

/** A machine that needs a slower pace is too slow, or n8n does not run. */
const MAX_PACE = 2;

/** How many deliveries are sent to warm the processes up, and again to measure them. */
const DELIVERIES = 60;
const AT_ONCE = 8;

/** How long a delivery is tried, in ms. */
const PATIENCE_MS = 30_000;

/**
 * Measures how many deliveries a second this machine takes. More of them would pile up.
 * @returns the factor by which the scenarios send more slowly, 1 or more
 * @throws Error when a delivery is not acknowledged, or the machine is too slow.
 */
export async function measurePace(bed: Bed, report: (line: string) => void): Promise<number> {
	const trigger = rsomPayTrigger('finished');
	await bed.publish(countEvents(trigger, bed.counter.url));
	const sender = await Sender.create(bed, 'alternating');
	const send = async (round: string): Promise<number> => {
		const limit = pLimit(AT_ONCE);
		const began = Date.now();
		await Promise.all(
			Array.from({ length: DELIVERIES }, async (_, index) => {
				const eventId = `${trigger.path}-${round}-${index}`;
				await limit(async () => {
					const sent = await sender.deliver(trigger.path, eventId, index, PATIENCE_MS);
					const statuses = sent.statuses.join(' ');
					if (!sent.isAcknowledged)
						throw new Error(`A delivery was responded to with ${statuses}.`);
				});
			}),
		);
		return (DELIVERIES * 1_000) / (Date.now() - began);
	};
	await send('warm-up');
	const perSecond = await send('measured');
	const pace = Math.max(1, PLANNED_PER_SECOND / perSecond);
	if (pace > MAX_PACE) {
		throw new Error(
			`This machine takes only ${perSecond.toFixed(1)} deliveries a second. End other programs.`,
		);
	}
	report(`${perSecond.toFixed(1)} deliveries a second: pace ×${pace.toFixed(1)}`);
	return pace;
}
