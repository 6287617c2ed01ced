import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';

import { MoyasarApi } from '../../credentials/MoyasarApi.credentials.ts';
import { RsomPay, RsomPayApi, RsomPayTrigger } from '../../index.ts';
import { Moyasar } from '../../nodes/Moyasar/Moyasar.node.ts';
import { MoyasarTrigger } from '../../nodes/Moyasar/MoyasarTrigger.node.ts';

const ROOT = join(import.meta.dirname, '../..');

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const readManifest = (folder: string) =>
	z
		.object({ dependencies: z.undefined(), optionalDependencies: z.undefined() })
		.passthrough()
		.parse(JSON.parse(read(join(folder, 'package.json'))));

/** The two packages that are made of these sources. */
const PACKAGES = [
	{
		name: 'n8n-nodes-rsompay',
		service: 'RsomPay',
		manifest: readManifest('.'),
		nodes: [RsomPay, RsomPayTrigger],
		credential: RsomPayApi,
		homepage: 'https://docs.rsompay.com',
		api: 'https://docs.rsompay.com',
	},
	{
		name: 'n8n-nodes-moyasar',
		service: 'Moyasar',
		manifest: readManifest('moyasar'),
		nodes: [Moyasar, MoyasarTrigger],
		credential: MoyasarApi,
		homepage: 'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay/tree/main/moyasar',
		api: 'https://docs.moyasar.com',
	},
];

const codexSchema = z.object({
	resources: z.record(z.array(z.object({ url: z.string() }))),
});

/** The texts of all builder hints, at any depth. */
function builderHintsIn(value: unknown): string[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, part]: [string, unknown]) =>
		key === 'builderHint' ? textsIn(part) : builderHintsIn(part),
	);
}

const textsIn = (value: unknown): string[] =>
	typeof value === 'string'
		? [value]
		: Object.values(Object(value) as object).flatMap((part: unknown) => textsIn(part));

/** What ships into n8n. */
const SOURCES = ['index.ts', ...globSync('{nodes,credentials}/**/*.ts', { cwd: ROOT })];

/** What a source imports, type imports included. */
const importsOf = (path: string) =>
	[...read(path).matchAll(/^(?:(?:import|export|\}).* from|import) '([^']+)';$/gm)].map(
		([, name = '']) => name,
	);

describe.each(PACKAGES)(
	'$name',
	({ name, service, manifest, nodes, credential, homepage, api }) => {
		test('is what n8n verifies: MIT, strict, without a dependency', () => {
			expect(manifest).toMatchObject({
				name,
				license: 'MIT',
				peerDependencies: { 'n8n-workflow': '*' },
				n8n: { n8nNodesApiVersion: 1, strict: true },
			});
			expect(manifest.keywords).toContain('n8n-community-node-package');
			expect(manifest.bundledDependencies ?? manifest.bundleDependencies).toBeUndefined();
		});

		test('is published by who the design says', () => {
			expect(manifest).toMatchObject({
				author: {
					name: 'n8n-nodes-rsompay contributors',
					email: 'n8n-nodes-rsompay@users.noreply.github.com',
				},
				repository: { url: 'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay.git' },
				homepage,
			});
		});

		test('holds what a user needs, and nothing else', () => {
			expect(manifest.files).toStrictEqual(['dist', 'README.md', 'LICENSE.md']);
		});

		test('names every node and credential of its service', () => {
			const built = (pattern: string) =>
				globSync(pattern, { cwd: ROOT }).map((path) => `dist/${path.replace(/\.ts$/, '.js')}`);
			const { nodes: named, credentials } = z
				.object({ nodes: z.array(z.string()), credentials: z.array(z.string()) })
				.parse(manifest.n8n);

			expect(named.toSorted()).toStrictEqual(built(`nodes/${service}/*.node.ts`).toSorted());
			expect(named).toHaveLength(nodes.length);
			expect(credentials).toStrictEqual(built(`credentials/${service}*.credentials.ts`));
		});

		test('links pages of our documentation, which link that of the API', () => {
			const links = globSync(`nodes/${service}/*.node.json`, { cwd: ROOT }).flatMap((path) => {
				const { resources } = codexSchema.parse(JSON.parse(read(path)));
				return Object.values(resources).flatMap((documents) => documents.map(({ url }) => url));
			});
			const { documentationUrl = '' } = new credential();

			// Of each node its own page and that of the credential.
			expect(links).toHaveLength(4);
			expect(new Set([...links, documentationUrl]).size).toBe(3);
			for (const link of [...links, documentationUrl]) {
				// n8n appends a query, so a link has no anchor.
				expect(link).toMatch(
					/^https:\/\/github\.com\/n8n-nodes-rsompay\/n8n-nodes-rsompay\/blob\/main\/docs\/[\w-]+\.md$/,
				);
				expect(read(`docs/${basename(link)}`)).toContain(`(${api}`);
			}
		});

		// n8n's workflow builder reads them as they are: an expression would be copied.
		test('has no expression in its hints for builders', () => {
			const hints = nodes.flatMap((Node) => builderHintsIn(new Node().description));

			for (const hint of hints) expect(hint).not.toMatch(/\{\{|\$json|^=/);
		});

		// n8n's lint checks this where a credential's name is a literal; Moyasar's is a constant.
		test.each(nodes.map((Node) => [Node.name, Node] as const))(
			'%s uses the credential of its own package, and has its test',
			(_, Node) => {
				const { description, methods } = new Node();

				expect(description.credentials?.map(({ name: type }) => type)).toStrictEqual([
					new credential().name,
				]);
				for (const { testedBy } of description.credentials ?? []) {
					expect(Object.keys(methods?.credentialTest ?? {})).toContain(testedBy);
				}
			},
		);
	},
);

test('code uses n8n-nodes-rsompay by its public surface', () => {
	expect(PACKAGES.map(({ manifest: { main, types } }) => ({ main, types }))).toStrictEqual([
		{ main: 'dist/index.js', types: 'dist/index.d.ts' },
		{ main: undefined, types: undefined },
	]);
});

test('every node and credential is in a package', () => {
	const services = PACKAGES.map(({ service }) => service).toSorted();

	expect(
		globSync('nodes/*/*.node.ts', { cwd: ROOT })
			.map((path) => path.split('/')[1])
			.toSorted(),
	).toStrictEqual(services.flatMap((service) => [service, service]));
	expect(globSync('credentials/*.ts', { cwd: ROOT }).toSorted()).toStrictEqual(
		services.map((service) => `credentials/${service}Api.credentials.ts`),
	);
});

describe('what ships', () => {
	const ALLOWED = ['n8n-workflow', 'node:crypto', 'zod', 'p-limit'];

	test.each(SOURCES)('%s imports only what n8n has', (path) => {
		for (const name of importsOf(path)) {
			if (name.startsWith('.')) {
				const target = join(path, '..', name);
				expect(target).toMatch(/^(nodes|credentials)\//);
				if (path.startsWith('nodes/shared/')) expect(target).toMatch(/^nodes\/shared\//);
			} else {
				expect(ALLOWED).toContain(name);
			}
		}
	});

	test('was looked at at all', () => {
		expect(SOURCES.length).toBeGreaterThan(20);
		expect(importsOf('nodes/shared/fieldSchemas.ts')).toStrictEqual([
			'n8n-workflow',
			'zod',
			'./errors',
		]);
	});

	test.each(globSync('nodes/*/*.node.ts', { cwd: ROOT }))('%s has a codex', (path) => {
		const codex: unknown = JSON.parse(read(path.replace(/\.ts$/, '.json')));
		// n8n finds the class by the name of its file.
		const [found] = PACKAGES.flatMap(({ name, nodes }) =>
			nodes
				.filter((Node) => Node.name === basename(path, '.node.ts'))
				.map((Node) => ({ type: `${name}.${new Node().description.name}` })),
		);

		expect(found).toBeDefined();
		expect(codex).toMatchObject({
			node: found?.type,
			categories: expect.arrayContaining(['Finance & Accounting']) as unknown,
		});
	});

	test.each(SOURCES.filter((path) => read(path).includes('.svg')))(
		'the icons of %s exist',
		(path) => {
			const icons = [...read(path).matchAll(/'file:([^']+\.svg)'/g)];

			expect(icons).toHaveLength(2);
			for (const [, icon = ''] of icons)
				expect(existsSync(join(ROOT, path, '..', icon))).toBe(true);
		},
	);
});
