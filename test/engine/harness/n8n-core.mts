/** n8n-core as the tests use it, loaded after its environment is set. */
import './environment.mts';
import { createRequire } from 'node:module';
import { z } from 'zod';

export {
	CredentialTestContext,
	ExecutionLifecycleHooks,
	ExternalSecretsProxy,
	getHtmlSandboxCSP,
	getAdditionalKeys,
	HookContext,
	isWebhookHtmlSandboxingDisabled,
	PackageDirectoryLoader,
	PollContext,
	PollTriggerExecutor,
	WebhookContext,
	WorkflowExecute,
} from 'n8n-core';

const require = createRequire(import.meta.filename);

/**
 * Loads a package the way another one sees it. n8n-core keeps copies of its own of packages that
 * the toolchain brings too, and only knows the services of those.
 *
 * @param owner the package whose view is taken
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
 * Gives the one instance of a service that n8n-core works with.
 *
 * @param packageName where the service's class is exported, e.g. `@n8n/backend-common`
 * @param className the class, e.g. `Logger`
 */
export function coreService(packageName: string, className: string): unknown {
	const exported = z.record(z.unknown()).parse(requireAsSeenBy('n8n-core', packageName));
	return instanceOf(exported[className]);
}

/** Gives the one instance of a service of n8n-core itself. */
export function instanceOf(service: unknown): unknown {
	return diSchema.parse(requireAsSeenBy('n8n-core', '@n8n/di')).Container.get(service);
}
