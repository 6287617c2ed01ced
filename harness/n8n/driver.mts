import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../cache.mts';
import { lookUpProgram } from '../programs.mts';
import { type Lock, reduceLock } from './lock.mts';
import { run, runNpm, type RunOptions } from './run.mts';

const SQLITE = 'sqlite3';

/** The driver's file, in the folder of its package. */
export const DRIVER_FILE = join('build', 'Release', 'node_sqlite3.node');

/**
 * Gets the database driver of n8n, once per machine: a prebuilt one, or else one compiled here.
 * @param lock of n8n.
 * @param onProgress receives a line of text for each step.
 * @returns the path of the driver's file.
 * @throws Error that says what compiling needs, when there is no driver.
 */
export async function ensureDriver(
	lock: Lock,
	onProgress: (message: string) => void,
	signal?: AbortSignal,
): Promise<string> {
	const reduced = reduceLock(lock, SQLITE);
	const version = reduced.manifest.dependencies[SQLITE] ?? '';
	const folder = await makeOnce(
		`${SQLITE}-${version}-${process.platform}-${process.arch}`,
		async (partial) => {
			onProgress(`Getting n8n's database driver, ${SQLITE} ${version}`);
			await writeFile(join(partial, 'package.json'), JSON.stringify(reduced.manifest));
			await writeFile(join(partial, 'package-lock.json'), JSON.stringify(reduced.lock));
			// The lock has no node-gyp: npm compiles with its own, which knows newer versions of Python.
			const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
			await runNpm(['ci', ...options], partial, { signal });
			try {
				await build(partial, onProgress, { signal });
			} catch (cause) {
				signal?.throwIfAborted();
				const reason = cause instanceof Error ? cause.message : String(cause);
				throw new Error(`${explain(process.platform, isInstalled)}\n\n${reason}`, { cause });
			}
		},
	);
	return join(folder, 'node_modules', SQLITE, DRIVER_FILE);
}

async function build(folder: string, onProgress: (message: string) => void, options: RunOptions) {
	let compiles = false as boolean;
	// The user's settings of npm may forbid scripts. It prints what they print only with the second.
	const command = ['rebuild', SQLITE, '--ignore-scripts=false', '--foreground-scripts'];
	const rebuild = async (...more: string[]) => {
		await runNpm([...command, ...more], folder, {
			...options,
			onLine: (line) => {
				if (compiles || !line.startsWith('gyp ')) return;
				compiles = true;
				onProgress('There is no prebuilt driver for this machine. Compiling takes 1 to 3 minutes');
			},
		});
		await run(process.execPath, ['-e', `require('${SQLITE}')`], folder, options);
	};
	try {
		await rebuild();
	} catch (error) {
		options.signal?.throwIfAborted();
		if (compiles) throw error;
		// A prebuilt driver may need a newer system.
		await rebuild('--build-from-source');
	}
}

/** What compiling needs: the programs that have it, one of which is enough. */
const TOOLS: Record<'posix' | 'win32', Record<string, string[]>> = {
	posix: { 'Python 3': ['python3'], make: ['make'], 'a C++ compiler': ['c++', 'g++', 'clang++'] },
	win32: { 'Python 3': ['python.exe', 'python3.exe', 'py.exe'] },
};

/** How they are installed. */
const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
	linux:
		'On Debian and Ubuntu: apt-get install python3 make g++. On Fedora: dnf install python3 make gcc-c++',
	darwin: 'Install them: xcode-select --install',
	win32:
		'Install them: winget install Python.Python.3.13, and winget install Microsoft.VisualStudio.2022.BuildTools with "Desktop development with C++"',
};

/**
 * Explains why there is no driver.
 * @param has whether a program is installed.
 */
export function explain(platform: NodeJS.Platform, has: (program: string) => boolean): string {
	const missing = Object.entries(TOOLS[platform === 'win32' ? 'win32' : 'posix']).flatMap(
		([tool, programs]) => (programs.some(has) ? [] : tool),
	);
	return [
		"n8n's database driver is missing. There is no prebuilt one for this machine, or GitHub cannot be reached, so it must be compiled, and that failed.",
		'Compiling needs Python 3, make and a C++ compiler (on Windows: Python 3 and the Visual Studio Build Tools), and Node.js headers from nodejs.org.',
		...(missing.length > 0 ? [`Missing here: ${missing.join(', ')}.`] : []),
		`${INSTALL[platform] ?? INSTALL.linux ?? ''}. Then run the same command again.`,
	].join('\n');
}

function isInstalled(program: string): boolean {
	return lookUpProgram(program) !== undefined;
}
