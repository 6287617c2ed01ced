/**
 * Makes n8n's output schemas: the fields of each operation that the editor shows before the node has
 * run. n8n reads `__schema__/v<version>/<resource>/<operation>.json` beside the built node.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { z } from 'zod';

const repository = resolve(import.meta.dirname, '..');

/**
 * The part of JSON Schema that n8n's editor reads. It draws the fields of an object only where `type`
 * is "object" and nothing else, so what may be null says so in a word of its own, as in OpenAPI 3.0.
 */
export interface OutputSchema {
	type: 'array' | 'boolean' | 'number' | 'object' | 'string';
	nullable?: true;
	items?: OutputSchema;
	properties?: Record<string, OutputSchema>;
}

/** The schemas of a node's operations, by resource and operation. */
export type OutputSchemas = Record<string, Record<string, OutputSchema>>;

/** The action nodes: the types of their outputs, and the folder of the built node. */
export const NODES = [
	{ name: 'RsomPay', types: typesOf('RsomPay'), built: join(repository, 'dist/nodes/RsomPay') },
	{
		name: 'Moyasar',
		types: typesOf('Moyasar'),
		built: join(repository, 'moyasar/dist/nodes/Moyasar'),
	},
] as const;

function typesOf(name: string): string {
	return join(repository, 'nodes', name, 'resources/outputTypes.ts');
}

/**
 * Makes the schemas of a node from the types in its interface `OutputTypes`.
 *
 * @param path the source with that interface
 * @throws Error for a field whose type is none of JSON's
 */
export function readOutputSchemas(path: string): OutputSchemas {
	const program = ts.createProgram([path], { strict: true, types: [] });
	const declaration = program
		.getSourceFile(path)
		?.statements.filter(ts.isInterfaceDeclaration)
		.find((found) => found.name.text === 'OutputTypes');
	if (declaration === undefined) throw new Error(`${path} has no interface OutputTypes.`);
	const checker = program.getTypeChecker();
	const resources = fieldsOf(checker, checker.getTypeAtLocation(declaration));
	return mapValues(resources, (resource) =>
		mapValues(fieldsOf(checker, resource), (output, name) => toSchema(checker, output, name)),
	);
}

/** Writes the schemas beside the built nodes, for each version of a node. */
export async function writeOutputSchemas(): Promise<void> {
	for (const { name, types, built } of NODES) {
		const schemas = readOutputSchemas(types);
		// The editor asks for the version of the node in the workflow, and takes no other.
		for (const version of versionsOf(name, join(built, `${name}.node.js`))) {
			for (const [resource, operations] of Object.entries(schemas)) {
				const folder = join(built, '__schema__', versionFolder(version), resource);
				await mkdir(folder, { recursive: true });
				for (const [operation, schema] of Object.entries(operations)) {
					await writeFile(join(folder, `${operation}.json`), JSON.stringify(schema));
				}
			}
		}
	}
}

/** The folder of a node's version: `v2.0.0` for 2. */
export function versionFolder(version: number): string {
	return `v${[...String(version).split('.'), '0', '0'].slice(0, 3).join('.')}`;
}

const nodeSchema = z.object({
	description: z.object({ version: z.union([z.number(), z.array(z.number())]) }),
});

function versionsOf(name: string, path: string): number[] {
	const classes = createRequire(import.meta.url)(path) as Record<string, new () => unknown>;
	if (classes[name] === undefined) throw new Error(`${path} exports no ${name}.`);
	return [nodeSchema.parse(new classes[name]()).description.version].flat();
}

function toSchema(checker: ts.TypeChecker, type: ts.Type, name: string): OutputSchema {
	const isNullable = type.isUnion() && type.types.some(({ flags }) => flags & ts.TypeFlags.Null);
	return { ...present(checker, type, name), ...(isNullable && { nullable: true }) };
}

/** Makes the schema of what a field is when it is neither absent nor null. */
function present(checker: ts.TypeChecker, type: ts.Type, name: string): OutputSchema {
	const isKnown = !(type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown));
	const found = checker.getBaseTypeOfLiteralType(checker.getNonNullableType(type));
	if (found.flags & ts.TypeFlags.String) return { type: 'string' };
	if (found.flags & ts.TypeFlags.Number) return { type: 'number' };
	if (found.flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
	if (checker.isArrayType(found)) {
		const [item] = checker.getTypeArguments(found as ts.TypeReference);
		if (item !== undefined) return { type: 'array', items: toSchema(checker, item, `${name}[]`) };
	}
	if (isKnown && found.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) {
		const properties = mapValues(fieldsOf(checker, found), (field, key) =>
			toSchema(checker, field, `${name}.${key}`),
		);
		return { type: 'object', properties };
	}
	throw new Error(`The field ${name} is ${checker.typeToString(type)}, which is no type of JSON.`);
}

function fieldsOf(checker: ts.TypeChecker, type: ts.Type): Record<string, ts.Type> {
	return Object.fromEntries(
		checker
			.getPropertiesOfType(type)
			.map((property) => [property.name, checker.getTypeOfSymbol(property)]),
	);
}

function mapValues<T, U>(values: Record<string, T>, map: (value: T, key: string) => U) {
	return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]));
}
