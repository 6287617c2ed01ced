import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { isRunning } from './n8n/process.mts';
import { until } from './n8n/until.mts';
import { findProgram } from './programs.mts';

/** How a server is started. */
export interface ServerOptions {
	program: string;
	args: string[];
	/** On 127.0.0.1; the server is ready when it accepts a connection there, */
	port: number;
	/** and when its log contains this. */
	readyText?: string;
	/** A temporary folder for its files. It is removed with the server. */
	cwd: string;
	/** Another user, where this process is root. */
	user?: Pick<SpawnOptions, 'uid' | 'gid'>;
}

/**
 * A server of the system on 127.0.0.1. It ends with the process that started it, even if that is
 * killed.
 */
export class Server {
	readonly #options: ServerOptions;
	#process: ChildProcess | undefined;
	#log = '';

	private constructor(options: ServerOptions) {
		this.#options = options;
	}

	/** @throws Error with the server's log when it does not start. */
	static async start(options: ServerOptions): Promise<Server> {
		const server = new Server(options);
		process.once('exit', server.#abandon);
		try {
			await server.start();
		} catch (error) {
			await server.stop();
			throw error;
		}
		return server;
	}

	/** Starts it again after `end()`. */
	async start(): Promise<void> {
		const { program, args, port, readyText = '', cwd, user } = this.#options;
		// The kernel ends the server with its parent.
		const setpriv = findProgram('setpriv', 'util-linux');
		const child = spawn(setpriv, ['--pdeathsig', 'INT', program, ...args], {
			cwd,
			...user,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#log = '';
		const record = (text: unknown) => (this.#log = (this.#log + String(text)).slice(-5_000));
		child.stdout.on('data', record);
		child.stderr.on('data', record);
		child.once('error', record);
		this.#process = child;
		await until(`${program} to start`, async () => {
			if (!isRunning(child)) throw new Error(`${program} did not start:\n${this.#log}`);
			return ((await accepts(port)) && this.#log.includes(readyText)) || undefined;
		});
	}

	/** Ends it; its folder stays for `start()`. By default it shuts down without waiting for clients. */
	async end(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
		const child = this.#process;
		if (child === undefined || !isRunning(child)) return;
		const exited = once(child, 'exit');
		child.kill(signal);
		await exited;
	}

	/** Ends it and removes its folder. */
	async stop(): Promise<void> {
		await this.end();
		process.off('exit', this.#abandon);
		this.#removeFolder();
	}

	/** Cleans up when this process ends without stop(). */
	readonly #abandon = (): void => {
		this.#process?.kill('SIGKILL');
		this.#removeFolder();
	};

	#removeFolder(): void {
		rmSync(this.#options.cwd, { recursive: true, force: true });
	}
}

async function accepts(port: number): Promise<boolean> {
	const socket = connect(port, '127.0.0.1');
	try {
		return await new Promise((resolve) => {
			socket.once('connect', () => resolve(true));
			socket.once('error', () => resolve(false));
		});
	} finally {
		socket.destroy();
	}
}
