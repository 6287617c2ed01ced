import { z } from 'zod';
import type { Settings } from './types.mts';

/** What holds unless told otherwise; the secret has no default. */
export const DEFAULT_SETTINGS: Omit<Settings, 'signingSecret'> = {
	latencyMs: 0,
	confirmDelayMs: 0,
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

/** Settings as they come over HTTP. */
export const settingsSchema: z.ZodType<Partial<Settings>> = z
	.object({
		latencyMs: milliseconds,
		confirmDelayMs: milliseconds,
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

/** Changes the settings that are given; one that is given as undefined stays as it is. */
export function applySettings(settings: Settings, changes: Partial<Settings>): void {
	const entries: [string, unknown][] = Object.entries(changes);
	Object.assign(settings, Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}
