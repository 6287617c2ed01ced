import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian has servers outside a user's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/lib/postgresql/*/bin'];

/** Finds a program of the system. Returns its path, or undefined where it is not installed. */
export function lookUpProgram(name: string): string | undefined {
	const folders = [...(process.env.PATH ?? '').split(delimiter), ...globSync(SERVER_FOLDERS)];
	return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Finds a program of the system.
 * @param debianPackage the package that has it, for the error.
 * @returns its path.
 * @throws Error that says what to install.
 */
export function findProgram(name: string, debianPackage: string): string {
	const found = lookUpProgram(name);
	if (found !== undefined) return found;
	throw new Error(`"${name}" is missing: install it (Debian: apt-get install ${debianPackage}).`);
}
