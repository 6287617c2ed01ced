import { kB } from './deliveryFigures.mts';
import type { Comparison } from './measure.mts';

/** How much static data a delivery may write, in bytes. n8n writes all of it with each delivery. */
const LIMIT = 4_600;

/** Compares the static data that each delivery to our trigger writes with its limit. */
export function compareStaticData(where: string, staticData: Record<string, unknown>): Comparison {
	const bytes = Buffer.byteLength(JSON.stringify(staticData));
	return {
		what: `static data that a delivery writes, ${where}: ours and the limit`,
		measured: `${kB(bytes)}, ${kB(LIMIT)}`,
		ratio: bytes / LIMIT,
		limit: { atMost: 1 },
	};
}
