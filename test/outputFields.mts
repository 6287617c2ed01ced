/** Compares output items with n8n's output schemas, field by field. */
import type { OutputSchema } from '../scripts/outputSchemas.mts';

/** Lists the fields of values, each once: `customer.email: string`, `items[].quantity: number`. */
export function fieldsIn(...values: unknown[]): string[] {
	return [...new Set(values.flatMap((value) => fieldsOfValue(value, '')))].toSorted();
}

/** Lists the fields that a schema has, in the same form. What may be null is there twice. */
export function fieldsOf(schema: OutputSchema): string[] {
	return fieldsOfSchema(schema, '').toSorted();
}

/** Leaves out that a field may be null. */
export function withoutNull(fields: readonly string[]): string[] {
	return fields.filter((field) => !field.endsWith(': null'));
}

function fieldsOfValue(value: unknown, path: string): string[] {
	if (Array.isArray(value)) {
		return [`${path}: array`, ...value.flatMap((item) => fieldsOfValue(item, `${path}[]`))];
	}
	if (typeof value !== 'object' || value === null) {
		return [`${path}: ${value === null ? 'null' : typeof value}`];
	}
	return [
		`${path}: object`,
		...Object.entries(value).flatMap(([name, field]) => fieldsOfValue(field, `${path}.${name}`)),
	];
}

function fieldsOfSchema(
	{ type, nullable, items, properties }: OutputSchema,
	path: string,
): string[] {
	return [
		`${path}: ${type}`,
		...(nullable ? [`${path}: null`] : []),
		...(items ? fieldsOfSchema(items, `${path}[]`) : []),
		...Object.entries(properties ?? {}).flatMap(([name, field]) =>
			fieldsOfSchema(field, `${path}.${name}`),
		),
	];
}
