import { Writable } from 'node:stream';
import { z } from 'zod';

import { coreService } from './n8n-core.mts';

/** One line of n8n's log: its level, message and metadata. */
export type LogLine = { level: string; message: string; meta: Record<string, unknown> };

const recordSchema = z.object({ level: z.string(), message: z.coerce.string() }).passthrough();

const loggerSchema = z.object({
	getInternalLogger: z.custom<
		() => { clear(): unknown; pipe(destination: NodeJS.WritableStream): unknown }
	>((value) => typeof value === 'function'),
});

const lines: LogLine[] = [];

const collector = new Writable({
	objectMode: true,
	write(record: unknown, _encoding, done) {
		const { level, message, ...meta } = recordSchema.parse(record);
		lines.push({ level, message, meta });
		done();
	},
});

// n8n's own logger writes here instead of to the console, debug lines included.
const logger = coreService('@n8n/backend-common', 'Logger');
const { getInternalLogger } = loggerSchema.parse(logger);
const internalLogger = getInternalLogger.call(logger);
internalLogger.clear();
internalLogger.pipe(collector);

beforeEach(() => {
	lines.length = 0;
});

/** All lines logged since the test began, of all levels. */
export function logLines(): readonly LogLine[] {
	return lines;
}

/** The lines of one level. */
export function logged(level: 'error' | 'warn' | 'info' | 'debug'): LogLine[] {
	return lines.filter((line) => line.level === level);
}
