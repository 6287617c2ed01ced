const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { glob, readFile, rm, writeFile } = require('node:fs/promises');
const { dirname, join } = require('node:path');
const { dest, parallel, series, src } = require('gulp');
const ts = require('typescript');

/** Runs the TypeScript compiler; it prints the errors it finds. */
async function tsc(...args) {
	const compiler = require.resolve('typescript/bin/tsc');
	const child = spawn(process.execPath, [compiler, ...args], { stdio: 'inherit' });
	const [code] = await once(child, 'exit');
	if (code !== 0) throw new Error(`tsc ${args.join(' ')} ended with ${code}`);
}

const clean = async () => {
	for (const path of ['dist', 'moyasar/dist', 'moyasar/LICENSE.md']) {
		await rm(path, { recursive: true, force: true });
	}
};

const compileMoyasar = () => tsc('--project', 'moyasar/tsconfig.build.json');

// Two runs, because the compiler removes comments from code and declarations alike. Readers of the
// declarations need them, n8n does not. The run for the declarations checks the types.
const compileRsomPay = () => tsc('--project', 'tsconfig.build.json', '--noCheck');

const declareRsomPay = () =>
	tsc(
		...['--project', 'tsconfig.build.json', '--declaration', '--emitDeclarationOnly'],
		...['--removeComments', 'false', '--stripInternal'],
	);

/** Removes the declarations that no type of the public surface leads to. */
async function pruneDeclarations() {
	const reached = new Set([join('dist', 'index.d.ts')]);
	for (const file of reached) {
		for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
			if (fileName.startsWith('.')) reached.add(`${join(dirname(file), fileName)}.d.ts`);
		}
	}
	for await (const file of glob('dist/**/*.d.ts')) if (!reached.has(file)) await rm(file);
}

/** Indents with tabs, as the sources do. The package is smaller by a kilobyte. */
async function indentWithTabs() {
	for await (const file of glob('{.,moyasar}/dist/**/*.{js,d.ts}')) {
		const text = await readFile(file, 'utf8');
		const indented = text.replace(/^( {4})+/gm, ({ length }) => '\t'.repeat(length / 4));
		await writeFile(file, indented);
	}
}

// Each dist/ has the folders of the repository, so that a path such as that of an icon is the same
// before and after the build.
const copy = (from, packageFolder = '.') =>
	src(from, { base: '.', encoding: false }).pipe(dest(join(packageFolder, 'dist')));

const copyRsomPay = () => copy(['icons/*.svg', 'nodes/RsomPay/*.node.json']);

const copyMoyasar = () => copy(['moyasar/icons/*.svg', 'nodes/Moyasar/*.node.json'], 'moyasar');

// npm packs the licence that lies beside package.json.
const copyLicence = () => src('LICENSE.md').pipe(dest('moyasar'));

const writeOutputSchemas = async () => {
	const schemas = await import('./scripts/outputSchemas.mts');
	await schemas.writeOutputSchemas();
};

exports.build = series(
	clean,
	parallel(
		compileRsomPay,
		compileMoyasar,
		series(declareRsomPay, pruneDeclarations),
		copyRsomPay,
		copyMoyasar,
		copyLicence,
	),
	indentWithTabs,
	// Reads the versions of the built nodes.
	writeOutputSchemas,
);
exports.default = exports.build;
