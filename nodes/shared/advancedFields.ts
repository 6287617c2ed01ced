import { CREDENTIAL_EMPTY_VALUE, type INodeProperties } from 'n8n-workflow';

/**
 * Puts fields of a credential behind a switch 'Advanced'. A field that does not have its default value
 * is shown while the switch is off, too, so that nothing hidden is in force.
 *
 * n8n drops the value of a field that is not shown. So each field has a hidden definition, which always
 * keeps the value, before those that are shown. All of them only have rules of `hide`: from rules of
 * `show`, the public API of n8n before 2.41 concludes that the field is required.
 */
export function advancedFields(fields: readonly INodeProperties[]): INodeProperties[] {
	return [
		{
			displayName: 'Advanced',
			name: 'advanced',
			type: 'boolean',
			default: false,
			description: 'Whether to show the fields that few people need',
		},
		...fields.flatMap((field): INodeProperties[] => [
			{ ...field, type: 'hidden' },
			{ ...field, displayOptions: { hide: { advanced: [false] } } },
			{
				...field,
				displayOptions: { hide: { advanced: [true], [`/${field.name}`]: unset(field) } },
			},
		]),
	];
}

/** The values of a field that has its default. n8n sends the editor a stand-in for an empty secret. */
function unset({ default: value, typeOptions }: INodeProperties): string[] {
	return [String(value), ...(typeOptions?.password ? [CREDENTIAL_EMPTY_VALUE] : [])];
}
