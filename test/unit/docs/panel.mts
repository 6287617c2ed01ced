/** What the panels of the nodes and the credentials show, as users read it. */
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';
import { MoyasarApi } from '../../../credentials/MoyasarApi.credentials.ts';
import { RsomPay, RsomPayApi, RsomPayTrigger } from '../../../index.ts';
import { Moyasar } from '../../../nodes/Moyasar/Moyasar.node.ts';
import { MoyasarTrigger } from '../../../nodes/Moyasar/MoyasarTrigger.node.ts';

/** A name in a panel. */
export interface PanelName {
	name: string;
	/** Of a value, the field that has it. Of an operation, also its resource. */
	of: string[];
	/** The default and the range of a number, as a page states them. */
	range?: string;
}

/** A part of a panel, and the pages that describe it. */
export interface Subject {
	title: string;
	pages: string[];
	names: PanelName[];
	/** What its output calls the events, which users compare with. */
	codes: string[];
}

/** Lists the names of fields and of their values, at any depth and of all versions of a node. */
export function namesIn(properties: readonly INodeProperties[]): PanelName[] {
	return properties
		.filter(({ type }) => type !== 'notice' && type !== 'hidden')
		.flatMap((field) => {
			const { displayName, options = [], modes = [], displayOptions } = field;
			const resources = displayOptions?.show?.resource ?? [];
			const parents = field.name === 'operation' ? resourceNames(resources) : [];
			return [
				{ name: displayName, of: [], ...rangeOf(field) },
				...modes.map((mode) => ({ name: mode.displayName, of: [displayName] })),
				...options.flatMap((option) => {
					if ('values' in option) return namesIn(option.values);
					if ('type' in option) return namesIn([option]);
					return [{ name: option.name, of: [displayName, ...parents] }];
				}),
			];
		});
}

function rangeOf({ default: value, typeOptions }: INodeProperties): Pick<PanelName, 'range'> {
	const { minValue, maxValue } = typeOptions ?? {};
	if (minValue === undefined || maxValue === undefined) return {};
	return { range: `${Number(value)}, or from ${minValue} to ${maxValue}` };
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A resource's value is its name in lower case. */
const resourceNames = (values: readonly unknown[]) =>
	values.map((value) => capitalized(String(value)));

const RSOMPAY = new RsomPay().description;
const TRIGGER = new RsomPayTrigger().description;
const MOYASAR = new Moyasar().description;
const MOYASAR_TRIGGER = new MoyasarTrigger().description;

type Properties = readonly INodeProperties[];

const ofOperation = (properties: Properties, resource: string, operation: string) =>
	properties.filter(
		({ displayOptions: { show = {} } = {} }) =>
			show.resource?.includes(resource) && show.operation?.includes(operation),
	);

const ofNode = (properties: Properties, name: string) =>
	properties.filter((field) => field.name === name);

const subject = (title: string, pages: string[], properties: Properties): Subject => ({
	title,
	pages: pages.map((page) => `docs/${page}.md`),
	names: namesIn(properties),
	codes: [],
});

const valuesOf = (properties: Properties, name: string): string[] =>
	properties
		.filter((field) => field.name === name)
		.flatMap(({ options = [] }) => options)
		.flatMap((option) => (isValue(option) ? [String(option.value)] : []));

const isValue = (
	option: INodePropertyOptions | INodeProperties | INodePropertyCollection,
): option is INodePropertyOptions => 'value' in option;

/** All parts of all panels. */
export const SUBJECTS: readonly Subject[] = [
	...(['resource', 'operation', 'options'] as const).map((name) =>
		subject(
			`RsomPay: ${name}`,
			[name === 'options' ? 'options' : 'rsompay'],
			ofNode(RSOMPAY.properties, name),
		),
	),
	subject('Create', ['create-invoice'], ofOperation(RSOMPAY.properties, 'invoice', 'create')),
	subject(
		'Wait for Payment',
		['wait-for-payment'],
		ofOperation(RSOMPAY.properties, 'invoice', 'waitForPayment'),
	),
	subject(
		'Get by Reference',
		['get-by-reference'],
		ofOperation(RSOMPAY.properties, 'invoice', 'get'),
	),
	subject(
		'Get Many of transactions',
		['list-payments'],
		ofOperation(RSOMPAY.properties, 'transaction', 'getAll'),
	),
	{
		...subject('RsomPay Trigger', ['trigger', 'customer-return'], TRIGGER.properties),
		codes: valuesOf(TRIGGER.properties, 'events').filter((value) => value !== '*'),
	},
	...(['resource', 'operation', 'options'] as const).map((name) =>
		subject(
			`Moyasar: ${name}`,
			[name === 'options' ? 'options' : 'moyasar'],
			ofNode(MOYASAR.properties, name),
		),
	),
	...['getAll', 'get'].map((operation) =>
		subject(
			`Moyasar: ${operation}`,
			['moyasar'],
			ofOperation(MOYASAR.properties, 'payment', operation),
		),
	),
	subject('Moyasar Trigger', ['moyasar-trigger'], MOYASAR_TRIGGER.properties),
	subject('RsomPay API', ['credential'], new RsomPayApi().properties),
	subject('Moyasar API', ['credential'], new MoyasarApi().properties),
];

/** The names of the nodes, the credentials, and the outputs of Wait for Payment. */
export const TITLES: readonly string[] = [
	...[RSOMPAY, TRIGGER, MOYASAR, MOYASAR_TRIGGER].map(({ displayName }) => displayName),
	...[new RsomPayApi(), new MoyasarApi()].map(({ displayName }) => displayName),
	...[...JSON.stringify(RSOMPAY.outputs).matchAll(/\\"displayName\\":\\"([^"\\]+)\\"/g)].map(
		([, name = '']) => name,
	),
];
