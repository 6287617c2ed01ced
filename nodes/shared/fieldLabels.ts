import type { INodeProperties } from 'n8n-workflow';

/**
 * Reads the labels of fields from their definitions, so that error messages name a field as the panel
 * shows it.
 *
 * @returns each field's label by its name. A field of a collection has the path `collection.field`.
 * Of two fields with one name, the first counts.
 */
export function labelsOf(fields: readonly INodeProperties[]): Record<string, string> {
	const labels = fields.flatMap((field): Array<[string, string]> => [
		[field.name, field.displayName],
		...(field.type === 'collection' ? collectionLabels(field) : []),
	]);
	return Object.fromEntries(labels.reverse());
}

function collectionLabels({ name, options = [] }: INodeProperties): Array<[string, string]> {
	return options.flatMap((option): Array<[string, string]> =>
		'displayName' in option ? [[`${name}.${option.name}`, option.displayName]] : [],
	);
}
