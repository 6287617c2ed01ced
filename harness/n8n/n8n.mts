import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { z } from 'zod';
import { N8nApi } from './api.mts';
import { ensureN8n } from './install.mts';
import { packAndInstall } from './package.mts';
import { endN8n, idOf, isRunning, spawnN8n } from './process.mts';
import { environment } from './run.mts';
import { until } from './until.mts';
import { newest, type N8nVersion } from './versions.mts';

export interface N8nOptions {
	/** Default: the newest. */
	version?: N8nVersion;
	/**
	 * N8N_USER_FOLDER. Default: a temporary folder with the packed packages installed, which stop()
	 * removes.
	 */
	userFolder?: string;
	/** Default: a free one. */
	port?: number;
	/** Further environment variables of n8n. */
	env?: Record<string, string>;
	/** Receives a line of text for each step. */
	onProgress?: (message: string) => void;
}

const logLineSchema = z.object({ level: z.string(), message: z.string() });

/** A real n8n on 127.0.0.1, with its owner logged in. It ends with the process that started it. */
export class N8n {
	/** Base URL of the editor, the webhooks and the forms, without a slash at the end. */
	readonly url: string;
	/** For example `2.41.1`. */
	readonly version: string;
	readonly userFolder: string;
	readonly api: N8nApi;
	/** The folder that contains n8n's node_modules. */
	readonly installation: string;
	readonly #port: number;
	readonly #version: N8nVersion;
	readonly #env: Record<string, string>;
	readonly #temporary: boolean;
	#process: ChildProcess | undefined;

	private constructor(installation: string, userFolder: string, port: number, options: N8nOptions) {
		this.url = `http://127.0.0.1:${port}`;
		this.userFolder = userFolder;
		this.api = new N8nApi(this.url, installation);
		this.installation = installation;
		this.version = installedVersion(installation);
		this.#port = port;
		this.#version = options.version ?? newest;
		this.#env = options.env ?? {};
		this.#temporary = options.userFolder === undefined;
	}

	/**
	 * Installs n8n if it is not installed yet, starts it, and logs the owner in.
	 * @throws Error with the end of n8n's log when it does not start.
	 */
	static async start(options: N8nOptions = {}): Promise<N8n> {
		const installation = await ensureN8n(options.onProgress, options.version);
		const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'n8n-')));
		const n8n = new N8n(installation, userFolder, options.port ?? (await freePort()), options);
		process.once('exit', n8n.#abandon);
		try {
			if (options.userFolder === undefined) {
				options.onProgress?.('Packing and installing the packages');
				await packAndInstall(userFolder);
			}
			options.onProgress?.('Starting n8n');
			await n8n.#start();
		} catch (error) {
			await n8n.kill();
			await n8n.#clean();
			throw error;
		}
		return n8n;
	}

	async #start(): Promise<void> {
		try {
			await this.#spawn();
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			throw new Error(`${reason}\n\nn8n's log ends with:\n${this.logTail()}`, { cause: error });
		}
		await this.api.login();
	}

	/** Starts the process and waits until it is ready. */
	async #spawn(): Promise<void> {
		const before = existsSync(this.#logFile) ? this.log().length : 0;
		const child = await spawnN8n({
			installation: this.installation,
			command: 'start',
			userFolder: this.userFolder,
			env: await this.environment(),
			logFile: this.#logFile,
			logFlag: 'a',
		});
		child.unref();
		child.channel?.unref();
		this.#process = child;
		await until(
			'n8n to start',
			() => {
				if (!isRunning(child)) throw new Error('n8n exited while it was starting.');
				return this.log().includes('Editor is now accessible', before) || undefined;
			},
			120_000,
		);
		await until('n8n to be ready', async () => {
			const { status } = await axios.get(`${this.url}/healthz/readiness`, {
				proxy: false,
				validateStatus: () => true,
			});
			return status === 200 || undefined;
		});
	}

	/** The environment of its process, and of other processes of the same n8n. */
	async environment(): Promise<NodeJS.ProcessEnv> {
		const inherited = Object.entries(environment()).filter(([name]) => !concernsN8n(name));
		return {
			...Object.fromEntries(inherited),
			NODE_ENV: 'production',
			NODE_COMPILE_CACHE: join(this.installation, '.compile-cache'),
			NO_PROXY: '127.0.0.1,localhost',
			N8N_USER_FOLDER: this.userFolder,
			N8N_HOST: '127.0.0.1',
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_PORT: String(this.#port),
			N8N_SECURE_COOKIE: 'false',
			N8N_LOG_FORMAT: 'json',
			N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '10',
			N8N_RUNNERS_MODE: 'external',
			N8N_RUNNERS_AUTH_TOKEN: 'no-runner-is-started',
			N8N_RUNNERS_BROKER_PORT: String(await freePort()),
			N8N_DISABLED_MODULES: this.#version.unusedModules.join(','),
			N8N_DIAGNOSTICS_ENABLED: 'false',
			N8N_DYNAMIC_BANNERS_ENABLED: 'false',
			N8N_HIRING_BANNER_ENABLED: 'false',
			N8N_PERSONALIZATION_ENABLED: 'false',
			N8N_TEMPLATES_ENABLED: 'false',
			N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
			N8N_VERIFIED_PACKAGES_ENABLED: 'false',
			N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
			N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
			...this.#version.env,
			...this.#env,
		};
	}

	/** The ID of its process. */
	get pid(): number {
		return idOf(this.#process);
	}

	get #logFile(): string {
		return join(this.userFolder, 'n8n.log');
	}

	/** Everything n8n has logged in this user folder, one JSON object per line. */
	log(): string {
		return readFileSync(this.#logFile, 'utf8');
	}

	/** The last lines of the log, as readable text. */
	logTail(lines = 20): string {
		return this.#logLines()
			.slice(-lines)
			.map(({ level, message }) => `${level}: ${message}`)
			.join('\n');
	}

	/** The log messages of level "warn", oldest first. */
	warnings(): string[] {
		return this.#logLines().flatMap(({ level, message }) => (level === 'warn' ? message : []));
	}

	#logLines(): Array<z.infer<typeof logLineSchema>> {
		return this.log()
			.split('\n')
			.slice(0, -1)
			.map((line) => {
				if (!line.startsWith('{')) return { level: 'output', message: line };
				return logLineSchema.parse(JSON.parse(line));
			});
	}

	/** Shuts n8n down; running executions have 10 seconds to finish. */
	async stop(): Promise<void> {
		await this.#end('SIGTERM');
		await this.#clean();
	}

	/** Ends n8n as a power cut would. The user folder is kept for restart(). */
	async kill(): Promise<void> {
		await this.#end('SIGKILL');
	}

	/** Shuts n8n down if it is running, and starts it again on the same user folder and port. */
	async restart(): Promise<void> {
		await this.#end('SIGTERM');
		try {
			await this.#start();
		} catch (error) {
			// n8n 2.41 ends at its start when it recovers an execution that was killed before it began. It
			// has marked it as crashed then, so it starts when a supervisor starts it again.
			if (!this.logTail(2).includes("of null (reading 'getTime')")) throw error;
			await this.#start();
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}

	async #end(signal: NodeJS.Signals): Promise<void> {
		if (this.#process) await endN8n(this.#process, signal);
	}

	/** Cleans up when this process ends without stop(). */
	readonly #abandon = (): void => {
		this.#process?.kill('SIGKILL');
		if (this.#temporary) rmSync(this.userFolder, { recursive: true, force: true });
	};

	async #clean(): Promise<void> {
		process.off('exit', this.#abandon);
		if (this.#temporary) await rm(this.userFolder, { recursive: true, force: true });
	}
}

/** Settings of the developer's own n8n, of jest and of npm, which would change this n8n. */
function concernsN8n(name: string): boolean {
	return /^(N8N|DB|EXECUTIONS|QUEUE|WEBHOOK|GENERIC|NODES|CREDENTIALS|JEST|NODE_OPTIONS|npm)(_|$)/.test(
		name,
	);
}

function installedVersion(installation: string): string {
	const manifest = join(installation, 'node_modules', 'n8n', 'package.json');
	return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')))
		.version;
}

/** Returns a port that nothing listens on. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
