/** n8n-core as the tests use it, loaded after its environment is set. */
import './environment.mts';
import { createRequire } from 'node:module';
import { z } from 'zod';

export {
	CredentialTestContext,
	ExecuteContext,
	DataDeduplicationService,
	ExecutionLifecycleHooks,
	ExternalSecretsProxy,
	getHtmlSandboxCSP,
	getAdditionalKeys,
	HookContext,
	isWebhookHtmlSandboxingDisabled,
	LoadOptionsContext,
	PackageDirectoryLoader,
	PollContext,
	PollTriggerExecutor,
	resolveOutputSchemaPath,
	WebhookContext,
	WorkflowExecute,
} from 'n8n-core';

const require = createRequire(import.meta.filename);

/**
 * Loads a package as another package resolves it. n8n-core has its own copies of packages that the
 * toolchain installs too, and finds only the services of its own copies.
 *
 * @param owner the package that resolves it
 * @param name the package to load
 */
export function requireAsSeenBy(owner: string, name: string): unknown {
	return createRequire(require.resolve(owner))(name);
}

const diSchema = z.object({
	Container: z.custom<{ get(service: unknown): unknown }>(
		(value) => value instanceof Object && 'get' in value,
	),
});

/**
 * Returns the instance of a service that n8n-core uses.
 *
 * @param packageName the package that exports the service's class, e.g. `@n8n/backend-common`
 * @param className the class, e.g. `Logger`
 */
export function coreService(packageName: string, className: string): unknown {
	const exported = z.record(z.unknown()).parse(requireAsSeenBy('n8n-core', packageName));
	return instanceOf(exported[className]);
}

/** Returns the instance of a service of n8n-core itself. */
export function instanceOf(service: unknown): unknown {
	return diSchema.parse(requireAsSeenBy('n8n-core', '@n8n/di')).Container.get(service);
}
