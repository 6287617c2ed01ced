import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import axios from 'axios';
import { z } from 'zod';
import { type Login, N8nApi } from './api.mts';
import { pack, PACKAGE_FOLDERS, packInto } from './package.mts';
import { run } from './run.mts';
import { until } from './until.mts';

/** An n8n with both packages, its owner logged in. */
export interface RunningN8n {
	/** Base URL of the editor and the webhooks, without a slash at the end. */
	url: string;
	api: N8nApi;
	/** Its version, for example `2.41.1`. */
	version: string;
}

/** How to install the packages. */
type Installation =
	/** n8n's folder for community packages on this machine, `<user folder>/.n8n/nodes`. */
	| { folder: string }
	/** A command of the shell that installs the tarballs `$1` and `$2`, and restarts n8n. */
	| { command: string };

/** An n8n that runs already, and is not started by the harness. */
export interface RunningN8nSettings {
	url: string;
	login: Login;
	installation: Installation;
}

const RESTART_MS = 5 * 60_000;

const NODE_TYPES = [
	'n8n-nodes-rsompay.rsomPay',
	'n8n-nodes-rsompay.rsomPayTrigger',
	'n8n-nodes-moyasar.moyasar',
	'n8n-nodes-moyasar.moyasarTrigger',
];

const variablesSchema = z.object({
	RUNNING_N8N_URL: z.string().url(),
	RUNNING_N8N_EMAIL: z.string().min(1),
	RUNNING_N8N_PASSWORD: z.string().min(1),
	RUNNING_N8N_FOLDER: z.string().min(1).optional(),
	RUNNING_N8N_INSTALL: z.string().min(1).optional(),
});

/**
 * Reads the environment variables that name an n8n that runs already: `RUNNING_N8N_URL`, its owner's
 * `RUNNING_N8N_EMAIL` and `RUNNING_N8N_PASSWORD`, and one of `RUNNING_N8N_FOLDER` and
 * `RUNNING_N8N_INSTALL`.
 * @returns nothing when `RUNNING_N8N_URL` is not set.
 * @throws Error that names the variables that are wrong.
 */
export function readRunningN8n(
	variables: NodeJS.ProcessEnv = process.env,
): RunningN8nSettings | undefined {
	if (!variables.RUNNING_N8N_URL) return undefined;
	const { data, error } = variablesSchema.safeParse(variables);
	if (error) {
		const wrong = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
		throw new Error(`These environment variables are wrong: ${wrong.join('; ')}`);
	}
	const { RUNNING_N8N_FOLDER: folder, RUNNING_N8N_INSTALL: command } = data;
	if ((folder === undefined) === (command === undefined)) {
		throw new Error('Set either RUNNING_N8N_FOLDER or RUNNING_N8N_INSTALL.');
	}
	return {
		url: data.RUNNING_N8N_URL.replace(/\/+$/, ''),
		login: { email: data.RUNNING_N8N_EMAIL, password: data.RUNNING_N8N_PASSWORD },
		installation: folder === undefined ? { command: command ?? '' } : { folder },
	};
}

/**
 * Installs the built packages into an n8n that runs already, and logs its owner in. With a folder, it
 * waits until somebody has restarted n8n, because n8n reads the folder when it starts.
 * @param onProgress receives a line of text for each step.
 * @throws Error when n8n does not come back, or does not know the nodes.
 */
export async function connectToRunningN8n(
	{ url, login, installation }: RunningN8nSettings,
	onProgress: (message: string) => void = () => undefined,
): Promise<RunningN8n> {
	if ('folder' in installation) {
		onProgress('Packing and installing the packages');
		await packInto(installation.folder);
		onProgress('Restart n8n now');
		await until('n8n to stop', async () => !(await isReady(url)) || undefined, RESTART_MS);
	} else {
		onProgress(`Running ${installation.command}`);
		await installBy(installation.command);
	}
	await until('n8n to be ready', async () => (await isReady(url)) || undefined, RESTART_MS);
	const api = new N8nApi(url, resolve(import.meta.dirname, '../..'), login);
	await api.login();
	for (const type of NODE_TYPES) {
		if (await api.knowsNode(type)) continue;
		throw new Error(`The n8n at ${url} has not loaded the node ${type}.`);
	}
	return { url, api, version: await api.version() };
}

async function installBy(command: string): Promise<void> {
	const temporary = await mkdtemp(join(tmpdir(), 'n8n-nodes-rsompay-'));
	try {
		const tarballs: string[] = [];
		for (const folder of PACKAGE_FOLDERS) tarballs.push((await pack(folder, temporary)).filename);
		const paths = tarballs.map((name) => join(temporary, name));
		await run('sh', ['-c', command, 'sh', ...paths], process.cwd());
	} finally {
		await rm(temporary, { recursive: true, force: true });
	}
}

async function isReady(url: string): Promise<boolean> {
	try {
		const { status } = await axios.get(`${url}/healthz/readiness`, {
			proxy: false,
			timeout: 5_000,
		});
		return status === 200;
	} catch (error) {
		if (axios.isAxiosError(error)) return false;
		throw error;
	}
}
