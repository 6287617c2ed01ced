import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { N8n } from '../n8n/n8n.mts';
import { endN8n, idOf, liveHeapOf, spawnN8n } from '../n8n/process.mts';
import { until } from '../n8n/until.mts';

/** The commands of n8n, with what each logs when it is ready. */
const READY = {
	webhook: 'Webhook listener waiting for requests.',
	worker: 'n8n worker is now ready',
} as const;

/** How long a process that ended stays away, in ms. */
const AWAY_MS = 1_000;

/**
 * A webhook processor or worker of an n8n in queue mode, with a user folder of its own. It starts
 * again when it ends, as a container does, and ends with the process that started it.
 */
export class QueueProcess {
	readonly name: string;
	/** Without a slash at the end. Only a webhook processor listens there. */
	readonly url: string;
	/** How often it ended by itself. */
	exits = 0;
	readonly #main: N8n;
	readonly #command: keyof typeof READY;
	readonly #port: number;
	readonly #userFolder: string;
	#process: ChildProcess | undefined;
	#isStopping = false;
	#isReady = false;
	#isKilled = false;

	private constructor(
		main: N8n,
		name: string,
		command: keyof typeof READY,
		port: number,
		folder: string,
	) {
		this.#main = main;
		this.name = name;
		this.#command = command;
		this.#port = port;
		this.#userFolder = folder;
		this.url = `http://127.0.0.1:${port}`;
	}

	/** @throws Error with the end of its log when it does not start. */
	static async start(
		main: N8n,
		name: string,
		command: keyof typeof READY,
		port: number,
	): Promise<QueueProcess> {
		const folder = await mkdtemp(join(tmpdir(), 'n8n-'));
		const started = new QueueProcess(main, name, command, port, folder);
		process.once('exit', started.#abandon);
		const packages = join('.n8n', 'nodes');
		await cp(join(main.userFolder, packages), join(folder, packages), { recursive: true });
		await started.#spawn();
		await started.ready();
		return started;
	}

	async #spawn(): Promise<void> {
		this.#isKilled = false;
		const child = await spawnN8n({
			installation: this.#main.installation,
			command: this.#command,
			userFolder: this.#userFolder,
			env: {
				...(await this.#main.environment()),
				N8N_USER_FOLDER: this.#userFolder,
				N8N_PORT: String(this.#port),
			},
			logFile: this.#logFile,
			logFlag: 'w',
		});
		child.once('exit', () => void this.#restart());
		this.#process = child;
	}

	async #restart(): Promise<void> {
		if (!this.#isKilled) this.exits++;
		this.#isReady = false;
		renameSync(this.#logFile, `${this.#logFile}.previous`);
		await sleep(AWAY_MS);
		if (!this.#isStopping) await this.#spawn();
	}

	get #logFile(): string {
		return join(this.#userFolder, 'n8n.log');
	}

	/** What it has logged since it started. */
	log(): string {
		return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
	}

	/** Waits until it takes requests or jobs. */
	async ready(): Promise<void> {
		try {
			await until(
				`${this.name} to start`,
				() => {
					this.#isReady ||= this.log().includes(READY[this.#command]);
					return this.#isReady || undefined;
				},
				120_000,
			);
		} catch (cause) {
			throw new Error(`${this.name} did not start:\n${this.log().slice(-3_000)}`, { cause });
		}
	}

	/** Ends it as a power cut would. It starts again by itself. */
	async kill(): Promise<void> {
		this.#isKilled = true;
		await this.#end('SIGKILL');
	}

	/** Shuts it down and waits until it has started again. */
	async restart(): Promise<void> {
		this.#isKilled = true;
		await this.#end('SIGTERM');
		await sleep(AWAY_MS + 100);
		await this.ready();
	}

	/** The ID of its process. */
	get pid(): number {
		return idOf(this.#process);
	}

	/** Its memory (RSS), in bytes. */
	memory(): number {
		const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
		return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
	}

	/**
	 * The memory of its JavaScript objects and their buffers after a garbage collection, in bytes.
	 * @throws Error when it does not run.
	 */
	async liveHeap(): Promise<number> {
		if (!this.#process) throw new Error(`${this.name} does not run.`);
		return await liveHeapOf(this.#process);
	}

	/** Shuts it down and removes its folder. */
	async stop(): Promise<void> {
		this.#isStopping = true;
		await this.#end('SIGTERM');
		process.off('exit', this.#abandon);
		await rm(this.#userFolder, { recursive: true, force: true });
	}

	async #end(signal: NodeJS.Signals): Promise<void> {
		if (this.#process) await endN8n(this.#process, signal);
	}

	readonly #abandon = (): void => {
		this.#process?.kill('SIGKILL');
		rmSync(this.#userFolder, { recursive: true, force: true });
	};
}
