import { join } from 'node:path';
import type { ICredentialType, INodeType, IVersionedNodeType } from 'n8n-workflow';
import * as n8nWorkflow from 'n8n-workflow';

import { PackageDirectoryLoader } from './n8n-core.mts';

/**
 * The folder whose `package.json` and `dist` are tested. `RSOMPAY_PACKAGE` selects another build, to
 * check that the tests find its errors.
 */
const PACKAGE_FOLDER = process.env.RSOMPAY_PACKAGE ?? join(import.meta.dirname, '../../..');

/** The types of the built package, as n8n's own loader reads them. */
export type LoadedPackage = {
	/** By the full name in workflows, e.g. `n8n-nodes-rsompay.rsomPay`. */
	nodes: Map<string, INodeType | IVersionedNodeType>;
	/** By name, e.g. `rsomPayApi`. */
	credentials: Map<string, ICredentialType>;
};

/**
 * Loads the built package as n8n does when it starts. The modules are new: nothing of an earlier
 * load is in their memory.
 */
export async function loadPackage(): Promise<LoadedPackage> {
	const loader = new PackageDirectoryLoader(PACKAGE_FOLDER);
	// A package gets n8n's own n8n-workflow, so the new modules must not load another one.
	jest.doMock('n8n-workflow', () => n8nWorkflow);
	await jest.isolateModulesAsync(async () => {
		await loader.loadAll();
	});
	jest.dontMock('n8n-workflow');
	return {
		nodes: new Map(
			Object.entries(loader.nodeTypes).map(([name, { type }]) => [
				`${loader.packageName}.${name}`,
				type,
			]),
		),
		credentials: new Map(
			Object.entries(loader.credentialTypes).map(([name, { type }]) => [name, type]),
		),
	};
}
