/** Compiles and runs the TypeScript of a page, as its reader would. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import * as surface from '../../../index.ts';

const ROOT = join(import.meta.dirname, '../../..');

const PACKAGE = 'n8n-nodes-rsompay';

/**
 * Compiles pieces of code with the strict settings of this repository.
 *
 * @returns the errors of each
 */
export function compile(pieces: readonly string[]): string[][] {
	const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) =>
		ts.sys.readFile(path),
	) as { config: object };
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
	const settings: ts.CompilerOptions = {
		...options,
		noEmit: true,
		paths: { [PACKAGE]: [join(ROOT, 'index.ts')] },
	};
	const files = new Map(pieces.map((code, index) => [join(ROOT, `piece${index}.ts`), code]));
	const host = ts.createCompilerHost(settings);
	const fileExists = host.fileExists.bind(host);
	const getSourceFile = host.getSourceFile.bind(host);
	host.fileExists = (path) => files.has(path) || fileExists(path);
	host.getSourceFile = (path, ...rest) => {
		const code = files.get(path);
		return code === undefined
			? getSourceFile(path, ...rest)
			: ts.createSourceFile(path, code, ts.ScriptTarget.ES2022);
	};
	const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], settings, host));
	return [...files.keys()].map((path) =>
		diagnostics
			// Without a file it is about the settings.
			.filter(({ file }) => file === undefined || file.fileName === path)
			.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
	);
}

/**
 * Runs code with the package's public surface.
 *
 * @param globals what it uses in place of the globals of these names
 * @returns what it exports
 */
export function run(code: string, globals: Record<string, unknown>): unknown {
	const { outputText } = ts.transpileModule(code, {
		compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
	});
	const requireFromNode = createRequire(import.meta.filename);
	const load = (name: string): unknown => (name === PACKAGE ? surface : requireFromNode(name));
	const exports = {};
	const parameters = { ...globals, require: load, exports };
	const call = compileFunction(outputText, Object.keys(parameters));
	Reflect.apply(call, undefined, Object.values(parameters));
	return exports;
}
