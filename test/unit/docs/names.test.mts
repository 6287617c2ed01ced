import ts from 'typescript';
import { z } from 'zod';
import { TRANSLATIONS } from '../../../nodes/RsomPay/customerReturn/translations.ts';
import {
	findLongCells,
	findUnknown,
	findUnnamed,
	findUnused,
	findWrongRanges,
	type Vocabulary,
} from './names.mts';
import { namesIn, type Subject, SUBJECTS, TITLES } from './panel.mts';
import { readFiles, readPages, toPage } from './repository.mts';

/** What n8n itself, GitHub or another service calls so. */
const TERMS = [
	'Always Output Data',
	'Authentication',
	'Community nodes',
	'Execute step',
	'Execute workflow',
	'Execution Order',
	'Import',
	'From file',
	'Install',
	'Listen for test event',
	'On Error',
	'On Error: Continue',
	'On Error: Continue (using error output)',
	'Poll Times',
	'Predefined Credential Type',
	'Production URL',
	'Publish',
	'Retry On Fail',
	'Set mock data',
	'Settings',
	'Test URL',
	'Timeout Workflow',
	'Unpin',
	'Webhook URLs',
];

const MAX_CELL_WORDS = 30;

const pages = readPages();
const docs = pages.filter(({ path }) => path.startsWith('docs/'));
/** The pages of users. Changelogs also name what was there before. */
const current = pages.filter(({ path }) => /^docs\/|README\.md$/.test(path));

const workflowSchema = z.object({
	name: z.string(),
	nodes: z.array(
		z.object({
			name: z.string(),
			parameters: z.object({ tableName: z.string().optional() }).passthrough(),
		}),
	),
});

/** The names of the workflows to import, of their nodes, and of the data tables that they make. */
const exampleNames = readFiles('examples/*.json').flatMap(({ text }) => {
	const { name, nodes } = workflowSchema.parse(JSON.parse(text));
	return [name, ...nodes.flatMap((node) => [node.name, node.parameters.tableName ?? node.name])];
});

/** The texts of the result page. */
const { outcomes, ...labels } = TRANSLATIONS.en;
const pageTexts = [...Object.values(labels), ...Object.values(outcomes).flat()];

/** The string literals of what ships. */
const messages = readFiles('{nodes,credentials}/**/*.ts').flatMap(({ path, text }) => {
	const literals: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isStringLiteralLike(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
			literals.push(node.text);
		} else if (ts.isTemplateHead(node)) literals.push(node.text);
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
	return literals;
});

const vocabulary: Vocabulary = {
	names: SUBJECTS.flatMap(({ names }) => names),
	titles: [...TITLES, ...exampleNames, ...pageTexts, ...TERMS],
	messages,
};

describe('the pages', () => {
	test('name everything that a panel shows', () => {
		expect(findUnnamed(SUBJECTS, pages)).toStrictEqual([]);
	});

	test('name nothing that no panel shows', () => {
		expect(current.flatMap((page) => findUnknown(page, SUBJECTS, vocabulary))).toStrictEqual([]);
	});

	test('state the default and the range of each number', () => {
		expect(findWrongRanges(SUBJECTS, pages)).toStrictEqual([]);
	});

	test('use every term of the list', () => {
		expect(findUnused(TERMS, current)).toStrictEqual([]);
	});

	test('have tables that are read at a glance', () => {
		expect(docs.flatMap((page) => findLongCells(page, MAX_CELL_WORDS))).toStrictEqual([]);
	});
});

describe('the check', () => {
	const subject: Subject = {
		title: 'Create',
		pages: ['docs/a.md', 'docs/b.md'],
		names: namesIn([
			{
				displayName: 'Retries',
				name: 'maxRetries',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 5 },
				default: 3,
			},
			{
				displayName: 'Resume',
				name: 'waitMode',
				type: 'options',
				options: [{ name: 'By Polling', value: 'asking' }],
				default: 'asking',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				options: [{ displayName: 'Limit', name: 'limit', type: 'number', default: 1 }],
				default: {},
			},
		]),
		codes: ['payment.completed'],
	};
	const other: Subject = {
		title: 'Trigger',
		pages: ['docs/c.md'],
		names: namesIn([{ displayName: 'Status', name: 'status', type: 'string', default: '' }]),
		codes: [],
	};
	const words: Vocabulary = {
		names: [subject, other].flatMap(({ names }) => names),
		titles: ['Publish', 'Settings'],
		messages: ['The External ID "', '" already belongs to an invoice ', ' must be '],
	};
	const page = (text: string, path = 'docs/a.md') => toPage({ path, text });

	const unknown = (text: string, path?: string) =>
		findUnknown(page(text, path), [subject, other], words).map((finding) =>
			finding.replace(/^\S+ "(.*)" is no name$/, '$1'),
		);

	const table = (...cells: string[]) => `| ${cells[0]} |  |\n| --- | --- |\n| ${cells[1]} | x |\n`;

	test('finds each name of a panel that no page names', () => {
		expect(findUnnamed([subject], [page('Retries')])).toStrictEqual(
			['Retries', 'Resume', 'By Polling', 'Options', 'Limit', 'payment.completed'].map(
				(name) => `docs/a.md, docs/b.md: Create has "${name}"`,
			),
		);
	});

	test('accepts what any page of the subject names, in any of the ways', () => {
		const pages = [
			page(`**Resume: By Polling** _Options_ \`payment.completed\``),
			page(table('Option', 'Retries, Limit (default)'), 'docs/b.md'),
		];

		expect(findUnnamed([subject], pages)).toStrictEqual([]);
	});

	test('does not accept what another page names', () => {
		const text = '**Retries** **Resume: By Polling** **Options** **Limit** `payment.completed`';

		expect(findUnnamed([subject], [page(text, 'docs/c.md')])).toHaveLength(6);
	});

	test.each([
		'**Retries**',
		'**Resume: By Polling**',
		'**Settings → Publish**',
		'**A sentence is no name.**',
		'_Retries_',
		'_The External ID … already belongs to an invoice …_',
		"_'Resume' must be 'By Polling'_",
		table('Field', 'Retries'),
		table('Resume', 'By Polling'),
		table('Field', '`code`'),
		table('Symptom', 'Anything'),
	])('accepts %j', (text) => {
		expect(unknown(text)).toStrictEqual([]);
	});

	test.each([
		['**Max Retries**', 'Max Retries'],
		['_Max Retries_', 'Max Retries'],
		['**retries**', 'retries'],
		['**Resume: By Asking**', 'Resume: By Asking'],
		['**Retries: By Polling**', 'Retries: By Polling'],
		['**Settings → Publication**', 'Settings → Publication'],
		['_The External ID … belongs to nobody …_', 'The External ID … belongs to nobody …'],
		["_'Wait' must be 'By Polling'_", "'Wait' must be 'By Polling'"],
		[table('Field', 'Max Retries'), 'Max Retries'],
		[table('Field', 'Retries, Max Limit'), 'Retries, Max Limit'],
		[table('Option', 'Status'), 'Status'],
		[table('Resume', 'By Asking'), 'By Asking'],
	])('finds %j', (text, name) => {
		expect(unknown(text)).toStrictEqual([name]);
	});

	test('accepts every name in a table of a page without a subject', () => {
		expect(unknown(table('Field', 'Status'), 'README.md')).toStrictEqual([]);
		expect(unknown(table('Field', 'State'), 'README.md')).toStrictEqual(['State']);
	});

	test('finds a number whose range is not stated', () => {
		const row = (range: string) => page(`| Option | |\n| --- | --- |\n| Retries | ${range} |`);
		const finding = 'docs/a.md, docs/b.md: Retries is 3, or from 0 to 5';

		expect(findWrongRanges([subject], [row('How often. 3, or from 0 to 5')])).toStrictEqual([]);
		expect(findWrongRanges([subject], [row('How often. 3, or from 0 to 4')])).toEqual([finding]);
		expect(findWrongRanges([subject], [row('How often')])).toStrictEqual([finding]);
	});

	test('finds a term that no page uses', () => {
		expect(findUnused(['Publish', 'Settings', 'Unpin'], [page('**Settings → Publish**')])).toEqual([
			'Unpin',
		]);
	});

	test('finds a long cell', () => {
		expect(findLongCells(page(table('Symptom', 'one two three')), 2)).toStrictEqual([
			'docs/a.md:3: 3 words: one two three',
		]);
		expect(findLongCells(page(table('Symptom', 'one two three')), 3)).toStrictEqual([]);
	});
});
