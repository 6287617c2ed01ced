import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';

import { Moyasar, MoyasarTrigger, RsomPay, RsomPayTrigger } from '../../index.ts';

const ROOT = join(import.meta.dirname, '../..');

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const manifest = z
	.object({ dependencies: z.undefined(), optionalDependencies: z.undefined() })
	.passthrough()
	.parse(JSON.parse(read('package.json')));

/** What ships into n8n. */
const SOURCES = ['index.ts', ...globSync('{nodes,credentials}/**/*.ts', { cwd: ROOT })];

/** What a source imports, type imports included. */
const importsOf = (path: string) =>
	[...read(path).matchAll(/^(?:(?:import|export|\}).* from|import) '([^']+)';$/gm)].map(
		([, name = '']) => name,
	);

test('is what n8n verifies: MIT, strict, without a dependency', () => {
	expect(manifest).toMatchObject({
		name: 'n8n-nodes-rsompay',
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
		homepage: 'https://docs.rsompay.com',
	});
});

test('holds what a user needs, and nothing else', () => {
	expect(manifest.files).toStrictEqual(['dist', 'README.md', 'LICENSE.md', 'CHANGELOG.md']);
	expect(manifest.main).toBe('dist/index.js');
	expect(manifest.types).toBe('dist/index.d.ts');
});

test('names every node and credential that there is', () => {
	const built = (pattern: string) =>
		globSync(pattern, { cwd: ROOT }).map((path) => `dist/${path.replace(/\.ts$/, '.js')}`);
	const { nodes, credentials } = z
		.object({ nodes: z.array(z.string()), credentials: z.array(z.string()) })
		.parse(manifest.n8n);

	expect(nodes.toSorted()).toStrictEqual(built('nodes/*/*.node.ts').toSorted());
	expect(credentials.toSorted()).toStrictEqual(built('credentials/*.credentials.ts').toSorted());
});

describe('what ships', () => {
	const ALLOWED = ['n8n-workflow', 'node:crypto', 'zod', 'p-limit'];
	const NODES = [Moyasar, MoyasarTrigger, RsomPay, RsomPayTrigger];

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
		const Node = NODES.find(({ name }) => name === basename(path, '.node.ts'));

		expect(codex).toMatchObject({
			node: Node && `n8n-nodes-rsompay.${new Node().description.name}`,
			categories: expect.arrayContaining(['Finance & Accounting']) as unknown,
			resources: { primaryDocumentation: [{ url: 'https://docs.rsompay.com' }] },
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
