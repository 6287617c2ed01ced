/**
 * `npm run scan`: packs both packages, runs n8n's package scanner on the source and on the unpacked
 * tarball of each, and checks the size and the files of the tarballs. Needs a build, but no network.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_FOLDERS, packAndUnpack } from '../harness/n8n/package.mts';
import { stageMoyasar } from './stageMoyasar.mts';

const repository = resolve(import.meta.dirname, '..');

/** n8n downloads and unpacks a package while a user waits for it in the editor. */
const MAX_TARBALL_BYTES = 75_000;

/** What the scanner lints of an unpacked tarball (it exports only the patterns of the source). */
const TARBALL_PATTERNS = ['**/*.js', 'package.json'];

// The scanner has no types. A name that the compiler does not know keeps it from looking for them.
const SCANNER: string = '@n8n/scan-community-package/scanner/scanner.mjs';
const { analyzePackage, findPackageRoot, SOURCE_FILE_PATTERNS } = z
	.object({
		analyzePackage: z.function(
			z.tuple([z.string(), z.array(z.string())]),
			z.promise(
				z.object({
					passed: z.boolean(),
					message: z.string().optional(),
					details: z.string().optional(),
				}),
			),
		),
		findPackageRoot: z.function(
			z.tuple([z.string(), z.string()]),
			z.string().transform((path) => resolve(path)),
		),
		SOURCE_FILE_PATTERNS: z.array(z.string()),
	})
	.parse(await import(SCANNER));

/** Prints a verdict; a failed one makes the script fail. */
function report(passed: boolean, what: string, details = ''): void {
	console.log(`${passed ? 'passed' : 'FAILED'}  ${what}${details && `\n${details}`}`);
	if (!passed) process.exitCode = 1;
}

async function scan(what: string, folder: string, patterns: string[]): Promise<void> {
	const { passed, message, details } = await analyzePackage(folder, patterns);
	// The scanner also passes where it finds nothing to lint, and only adds a message.
	report(passed && message === undefined, what, [message, details].filter(Boolean).join('\n'));
}

async function scanPackage(packageFolder: string, temporary: string): Promise<void> {
	const { name, size, files, folder } = await packAndUnpack(packageFolder, temporary);
	report(
		findPackageRoot(repository, name) === packageFolder,
		`${name}: the scanner finds its folder in the repository`,
	);
	await scan(`${name}: n8n's scanner on the source`, packageFolder, SOURCE_FILE_PATTERNS);
	await scan(`${name}: n8n's scanner on the tarball`, folder, TARBALL_PATTERNS);
	report(
		size <= MAX_TARBALL_BYTES,
		`${name}: ${(size / 1000).toFixed(1)} kB in ${files.length} files, at most ${MAX_TARBALL_BYTES / 1000} kB`,
	);
	const other = name === 'n8n-nodes-moyasar' ? /rsompay/i : /moyasar/i;
	const foreign = files.filter((path) => other.test(path));
	report(foreign.length === 0, `${name}: holds no file of the other service`, foreign.join('\n'));
}

for (const packageFolder of PACKAGE_FOLDERS) {
	const temporary = await mkdtemp(join(tmpdir(), 'n8n-nodes-scan-'));
	try {
		await scanPackage(packageFolder, temporary);
	} finally {
		await rm(temporary, { recursive: true, force: true });
	}
}

const stage = await stageMoyasar();
try {
	await scan(
		"n8n-nodes-moyasar: n8n's scanner on its sources beside its package.json",
		stage,
		SOURCE_FILE_PATTERNS,
	);
} finally {
	await rm(stage, { recursive: true, force: true });
}
