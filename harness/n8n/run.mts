import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';

/** The environment of this process, with its own Node first on the PATH of everything it starts. */
export function environment(): NodeJS.ProcessEnv {
	return {
		...process.env,
		PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
	};
}

/**
 * Runs a command to its end.
 * @param onLine is given each line as it is printed, to either stream.
 * @returns what it printed to stdout.
 * @throws Error with the last lines it printed, when it does not end with 0.
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
			`"${command} ${args.join(' ')}" ended with ${code ?? 'a signal'}:\n${tail.join('\n')}`,
		);
	}
	return printed.join('\n');
}
