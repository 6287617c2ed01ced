import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';

/** Returns the environment of this process, with its own Node.js first on the PATH. */
export function environment(): NodeJS.ProcessEnv {
	return {
		...process.env,
		PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
	};
}

/**
 * Runs a command to its end.
 * @param onLine receives each line of stdout and stderr as it is printed.
 * @returns its stdout.
 * @throws Error with the last 30 lines of output, when it does not exit with 0.
 */
export async function run(
	command: string,
	args: string[],
	cwd: string,
	onLine: (line: string) => void = () => undefined,
): Promise<string> {
	const child = spawn(command, args, {
		cwd,
		env: environment(),
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const kill = () => child.kill();
	process.once('exit', kill);
	const printed: string[] = [];
	const tail: string[] = [];
	const read = (line: string) => {
		tail.push(line);
		if (tail.length > 30) tail.shift();
		onLine(line);
	};
	createInterface(child.stdout).on('line', (line) => {
		printed.push(line);
		read(line);
	});
	createInterface(child.stderr).on('line', read);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	process.off('exit', kill);
	if (code !== 0) {
		throw new Error(
			`"${command} ${args.join(' ')}" exited with ${code ?? 'a signal'}:\n${tail.join('\n')}`,
		);
	}
	return printed.join('\n');
}
