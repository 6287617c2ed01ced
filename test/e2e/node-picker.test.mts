import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { z } from 'zod';

import { ensureN8n } from '../../harness/n8n/install.mts';

const ROOT = join(import.meta.dirname, '../..');

const nodeSchema = z.object({
	name: z.string(),
	displayName: z.string(),
	group: z.array(z.string()),
	hidden: z.boolean().optional(),
	codex: z
		.object({ alias: z.array(z.string()).optional() })
		.passthrough()
		.optional(),
});

type Listed = z.infer<typeof nodeSchema>;

/** An entry of n8n's node picker. */
type Entry = { key: string; properties: Pick<Listed, 'displayName' | 'codex'> };

type Search = (query: string, entries: Entry[]) => Array<{ item: Entry; score: number }>;

const OWN = [
	'RsomPay/RsomPay',
	'RsomPay/RsomPayTrigger',
	'Moyasar/Moyasar',
	'Moyasar/MoyasarTrigger',
];

/** A node of this repository, as n8n lists it. */
const listed = (path: string): Listed => {
	const codex = z
		.object({ node: z.string(), alias: z.array(z.string()) })
		.parse(JSON.parse(readFileSync(join(ROOT, `nodes/${path}.node.json`), 'utf8')));
	const isTrigger = path.endsWith('Trigger');
	return {
		name: codex.node,
		displayName: basename(path).replace('Trigger', ' Trigger'),
		group: [isTrigger ? 'trigger' : 'transform'],
		codex,
	};
};

let search: Search;
let entries: { actions: Entry[]; triggers: Entry[] };

beforeAll(async () => {
	const modules = join(await ensureN8n(), 'node_modules');
	const require = createRequire(join(modules, 'n8n/package.json'));
	({ sublimeSearch: search } = require('@n8n/utils/search/sublime-search') as {
		sublimeSearch: Search;
	});
	const builtIn = z
		.array(nodeSchema)
		.parse(JSON.parse(readFileSync(join(modules, 'n8n-nodes-base/dist/types/nodes.json'), 'utf8')));
	const toEntries = (isTrigger: boolean) => {
		const nodes = [...builtIn, ...OWN.map(listed)].filter(
			({ hidden, group }) => hidden !== true && group.includes('trigger') === isTrigger,
		);
		return [...new Map(nodes.map((node) => [node.name, node])).values()].map(
			({ name, displayName, codex }): Entry => ({
				key: name,
				// n8n searches triggers by the name of their service.
				properties: { displayName: displayName.replace(' Trigger', ''), codex },
			}),
		);
	};
	entries = { actions: toEntries(false), triggers: toEntries(true) };
});

/** The place of a node among what n8n's search finds, from 1 on. */
const placeOf = (kind: keyof typeof entries, query: string, name: string) =>
	search(query, entries[kind]).findIndex(({ item }) => item.key === name) + 1;

test("searches among n8n's own nodes", () => {
	expect(entries.actions.length).toBeGreaterThan(200);
	expect(entries.triggers.length).toBeGreaterThan(80);
});

const ANY_SERVICE = [
	...['pay', 'payment', 'payments', 'payment gateway', 'transactions', 'card', 'credit card'],
	...['apple pay', 'stc pay', 'mada', 'saudi', 'riyal', 'دفع', 'مدفوعات', 'مدى', 'بوابة دفع'],
];

const RSOMPAY = [
	...['rsom', 'invoice', 'invoices', 'billing', 'checkout', 'payment link', 'tamara'],
	...['فاتورة', 'رابط دفع'],
];

const NEWS = ['payment received', 'new payment', 'paid', 'تم الدفع'];

describe.each([
	['actions', 'n8n-nodes-rsompay.rsomPay', [...ANY_SERVICE, ...RSOMPAY]],
	['actions', 'n8n-nodes-moyasar.moyasar', [...ANY_SERVICE, 'moya', 'reconciliation', 'ميسر']],
	[
		'triggers',
		'n8n-nodes-rsompay.rsomPayTrigger',
		[...ANY_SERVICE, ...RSOMPAY, ...NEWS, 'webhook'],
	],
	['triggers', 'n8n-nodes-moyasar.moyasarTrigger', [...ANY_SERVICE, ...NEWS, 'moya', 'ميسر']],
] as const)('among the %s, %s is found', (kind, name, queries) => {
	test.each(queries)('by "%s"', (query) => {
		const place = placeOf(kind, query, name);

		expect(place).toBeGreaterThan(0);
		expect(place).toBeLessThanOrEqual(3);
	});
});
