import { spawn } from 'node:child_process';
import { basename, delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';

/** How a command is run. */
export interface RunOptions {
	/** Receives each line of stdout and stderr as it is printed. */
	onLine?: (line: string) => void;
	/** Further environment variables. */
	env?: Readonly<Record<string, string>>;
	/** Ends the command and every process that it has started. */
	signal?: AbortSignal;
}

/** Returns the environment of this process, with its own Node.js first on the PATH. */
export function environment(): NodeJS.ProcessEnv {
	return {
		...process.env,
		PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
	};
}

/**
 * Runs a command to its end.
 * @returns its stdout.
 * @throws Error with the last 30 lines of output, when it does not exit with 0, and the reason of
 * `signal` when that ended it.
 */
export async function run(
	command: string,
	args: string[],
	cwd: string,
	{ onLine, env, signal }: RunOptions = {},
): Promise<string> {
	signal?.throwIfAborted();
	// A group of processes is ended as a whole, and at once: npm itself goes on for minutes. Ctrl-C does
	// not reach a group, so it needs a signal. Windows has none; there Ctrl-C reaches every process.
	const inGroup = signal !== undefined && process.platform !== 'win32';
	const child = spawn(command, args, {
		cwd,
		env: { ...environment(), ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: inGroup,
	});
	const kill = () => {
		if (inGroup && child.pid !== undefined) killGroup(child.pid);
		else child.kill();
	};
	process.once('exit', kill);
	signal?.addEventListener('abort', kill);
	const printed: string[] = [];
	const tail: string[] = [];
	const read = (line: string) => {
		tail.push(line);
		if (tail.length > 30) tail.shift();
		onLine?.(line);
	};
	createInterface(child.stdout).on('line', (line) => {
		printed.push(line);
		read(line);
	});
	createInterface(child.stderr).on('line', read);
	try {
		const code = await new Promise<number | null>((resolve, reject) => {
			child.once('error', reject);
			child.once('close', resolve);
		});
		signal?.throwIfAborted();
		if (code !== 0) {
			throw new Error(
				`"${[basename(command), ...args].join(' ')}" exited with ${code ?? 'a signal'}:\n${tail.join('\n')}`,
			);
		}
	} finally {
		process.off('exit', kill);
		signal?.removeEventListener('abort', kill);
	}
	return printed.join('\n');
}

/** Runs npm to its end. See run(). */
export async function runNpm(args: string[], cwd: string, options?: RunOptions): Promise<string> {
	// Windows does not start npm.cmd without a shell. An npm script knows where npm itself is.
	const cli = process.env.npm_execpath ?? '';
	return basename(cli) === 'npm-cli.js'
		? await run(process.execPath, [cli, ...args], cwd, options)
		: await run('npm', args, cwd, options);
}

function killGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch (error) {
		// The group has ended by itself.
		if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
	}
}
