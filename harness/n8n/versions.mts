import { join } from 'node:path';

/** A version of n8n that is installed from npm, and how it is started. */
export interface N8nVersion {
	/** The folder of the package.json and package-lock.json that pin it. */
	folder: string;
	/** What an installation takes: what npm downloads into its cache, and the installation itself. */
	bytes: Readonly<{ fetched: number; disk: number }>;
	/** Modules that call n8n's servers or are not used here. n8n starts only with names it knows. */
	unusedModules: readonly string[];
	/** Further environment variables that it needs. */
	env?: Readonly<Record<string, string>>;
}

const harness = import.meta.dirname;

/** The n8n that the package is built for. */
export const newest: N8nVersion = {
	folder: harness,
	bytes: { fetched: 0.7e9, disk: 2.4e9 },
	unusedModules: [
		'agents',
		'chat-hub',
		'dynamic-credentials',
		'external-secrets',
		'instance-ai',
		'ldap',
		'log-streaming',
		'mcp',
		'mcp-registry',
		'provisioning',
		'quick-connect',
		'source-control',
		'sso-oidc',
		'sso-saml',
		'token-exchange',
		'workflow-reviews',
	],
};

/** The newest n8n 1, which still gets corrections. Without a pool its sqlite has no transactions. */
const v1: N8nVersion = {
	folder: join(harness, 'versions/1.123'),
	bytes: { fetched: 0.4e9, disk: 1.6e9 },
	unusedModules: ['chat-hub', 'external-secrets', 'mcp', 'provisioning'],
	env: { DB_SQLITE_POOL_SIZE: '4' },
};

/** The oldest n8n in which every feature is promised. */
const oldestPromised: N8nVersion = {
	folder: join(harness, 'versions/2.4'),
	bytes: { fetched: 0.4e9, disk: 1.5e9 },
	unusedModules: ['chat-hub', 'external-secrets', 'mcp', 'provisioning'],
};

/** The versions that `npm run test:versions` tries, oldest first. */
export const versions: readonly N8nVersion[] = [v1, oldestPromised, newest];
