import { z } from 'zod';
import type { MoyasarSettings } from './types.mts';

/** The default settings. */
export const DEFAULT_SETTINGS: MoyasarSettings = {
	latencyMs: 0,
	knowsCardFilters: true,
	firewall: true,
	activated: true,
};

/** Settings in the JSON of a control request. */
export const settingsSchema: z.ZodType<Partial<MoyasarSettings>> = z
	.object({
		latencyMs: z.number().min(0),
		knowsCardFilters: z.boolean(),
		firewall: z.boolean(),
		activated: z.boolean(),
	})
	.partial()
	.strict();
