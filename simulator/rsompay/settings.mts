import { z } from 'zod';
import type { Settings } from './types.mts';

/** The default settings; the secret has no default. */
export const DEFAULT_SETTINGS: Omit<Settings, 'signingSecret'> = {
	latencyMs: 0,
	confirmDelayMs: 0,
	lagMs: 0,
	webhookDelayMs: 100,
	retryDelaysMs: [1_000, 5_000, 30_000, 120_000, 600_000],
	deliveryTimeoutMs: 10_000,
	events: ['payment.completed', 'payment.failed', 'invoice.status_changed'],
	signatureAlgorithm: 'sha256',
	language: 'auto',
	errorsUnder: 'errors',
	returnUrlJoin: 'query',
	allowPrivateUrls: true,
};

const milliseconds = z.number().min(0);

/** Settings in the JSON of a control request. */
export const settingsSchema: z.ZodType<Partial<Settings>> = z
	.object({
		latencyMs: milliseconds,
		confirmDelayMs: milliseconds,
		lagMs: milliseconds,
		webhookDelayMs: milliseconds,
		retryDelaysMs: z.array(milliseconds),
		deliveryTimeoutMs: milliseconds,
		events: z.array(z.enum(['payment.completed', 'payment.failed', 'invoice.status_changed'])),
		signingSecret: z.string().min(1),
		signatureAlgorithm: z.enum(['sha256', 'sha512']),
		language: z.enum(['en', 'ar', 'auto']),
		errorsUnder: z.enum(['errors', 'data']),
		returnUrlJoin: z.enum(['query', 'question-mark']),
		allowPrivateUrls: z.boolean(),
	})
	.partial()
	.strict();

/** Changes `settings` in place; an undefined value changes nothing. */
export function applySettings(settings: Settings, changes: Partial<Settings>): void {
	const entries: [string, unknown][] = Object.entries(changes);
	Object.assign(settings, Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}
