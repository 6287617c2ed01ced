/**
 * Starts n8n's expression engine in an isolate, as n8n does by default. n8n's own start function loads
 * it with `import()`, which jest's module system does not support.
 */
import { Expression, LoggerProxy } from 'n8n-workflow';
import { expressionSandboxHooks } from 'n8n-workflow/expression-sandboxing';
import { z } from 'zod';

import { requireAsSeenBy } from './n8n-core.mts';

type Evaluator = { initialize(): Promise<void>; dispose(): Promise<void> };
type Bridge = { execute(...expression: unknown[]): unknown };

const isFunction = (value: unknown) => typeof value === 'function';
const runtimeSchema = z.object({
	ExpressionEvaluator: z.custom<new (settings: object) => Evaluator>(isFunction),
	IsolatedVmBridge: z.custom<new (settings: object) => Bridge>(isFunction),
});
const transferSchema = z.object({
	unwrapLuxonValues: z.custom<(value: unknown) => unknown>(isFunction),
});

beforeAll(async () => {
	const { ExpressionEvaluator, IsolatedVmBridge } = runtimeSchema.parse(
		requireAsSeenBy('n8n-workflow', '@n8n/expression-runtime'),
	);
	const { unwrapLuxonValues } = transferSchema.parse(
		requireAsSeenBy('n8n-workflow', '@n8n/expression-runtime/dist/cjs/runtime/luxon-transfer.js'),
	);
	// The isolate returns objects of Node's realm, which n8n does not recognize as plain in jest's realm.
	class RealmBridge extends IsolatedVmBridge {
		override execute(...expression: unknown[]): unknown {
			return unwrapLuxonValues(intoThisRealm(super.execute(...expression)));
		}
	}
	const evaluator = new ExpressionEvaluator({
		createBridge: () => new RealmBridge({ timeout: 5000, memoryLimit: 128, logger: LoggerProxy }),
		hooks: expressionSandboxHooks,
		logger: LoggerProxy,
		maxCodeCacheSize: 1024,
		poolSize: 1,
	});
	await evaluator.initialize();
	Reflect.set(Expression, 'vmEvaluator', evaluator);
	Expression.setExpressionEngine('vm');
});

afterAll(async () => {
	await Expression.disposeExpressionEngine();
});

function intoThisRealm(value: unknown): unknown {
	if (Array.isArray(value)) return Array.from(value, intoThisRealm);
	switch (Object.prototype.toString.call(value)) {
		case '[object Object]':
			return Object.fromEntries(
				Object.entries(value ?? {}).map(([key, part]) => [key, intoThisRealm(part)]),
			);
		case '[object Date]':
			return new Date(Number(value));
		default:
			return value;
	}
}
