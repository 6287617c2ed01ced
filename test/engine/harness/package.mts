import { join } from 'node:path';
import type { ICredentialType, INodeType, IVersionedNodeType } from 'n8n-workflow';
import * as n8nWorkflow from 'n8n-workflow';

import { PackageDirectoryLoader } from './n8n-core.mts';

/**
 * The folder with the `package.json` and `dist` of RsomPay's package, and `moyasar/` with those of
 * Moyasar's. `RSOMPAY_PACKAGE` selects another build, to check that the tests find its errors.
 */
const ROOT = process.env.RSOMPAY_PACKAGE ?? join(import.meta.dirname, '../../..');

const PACKAGE_FOLDERS = [ROOT, join(ROOT, 'moyasar')];

/** The folder of a service's built nodes. */
export const builtFolder = (service: 'RsomPay' | 'Moyasar'): string =>
	join(service === 'RsomPay' ? ROOT : join(ROOT, 'moyasar'), 'dist/nodes', service);

/** The types of the built packages, as n8n's own loader reads them. */
export type LoadedPackages = {
	/** By the full name in workflows, e.g. `n8n-nodes-rsompay.rsomPay`. */
	nodes: Map<string, INodeType | IVersionedNodeType>;
	/** By name, e.g. `rsomPayApi`. */
	credentials: Map<string, ICredentialType>;
};

/**
 * Loads the built packages as n8n does when it starts. The modules are new: nothing of an earlier
 * load is in their memory.
 */
export async function loadPackages(): Promise<LoadedPackages> {
	const loaders = PACKAGE_FOLDERS.map((folder) => new PackageDirectoryLoader(folder));
	// A package gets n8n's own n8n-workflow, so the new modules must not load another one.
	jest.doMock('n8n-workflow', () => n8nWorkflow);
	await jest.isolateModulesAsync(async () => {
		for (const loader of loaders) await loader.loadAll();
	});
	jest.dontMock('n8n-workflow');
	return {
		nodes: new Map(
			loaders.flatMap(({ packageName, nodeTypes }) =>
				Object.entries(nodeTypes).map(([name, { type }]) => [`${packageName}.${name}`, type]),
			),
		),
		credentials: new Map(
			loaders.flatMap(({ credentialTypes }) =>
				Object.entries(credentialTypes).map(([name, { type }]) => [name, type]),
			),
		),
	};
}
