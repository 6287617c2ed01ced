import {
	addressesIn,
	checkLinks,
	foreignHosts,
	type LinkedFile,
	linksInNotes,
	type Target,
} from './links.mts';
import { exists, readFiles, readPages, toPage } from './repository.mts';

/** The hosts of other sites that are linked. Nothing is fetched. */
const HOSTS: readonly string[] = [
	'api.moyasar.com',
	'demo-integration.rsompay.com',
	'docs.moyasar.com',
	'docs.n8n.io',
	'docs.rsompay.com',
	'integration.rsompay.com',
	'moyasar.com',
	'n8n.example.com',
	'n8n.io',
	'partner.example.com',
	'rsompay.com',
	'semver.org',
];

const SHOWN_ELSEWHERE = ['README.md', 'moyasar/README.md'];

const repository: Target = { exists, pages: readPages() };

const files: LinkedFile[] = [
	...repository.pages.map(({ path, markdown }) => ({
		path,
		links: markdown.links,
		isShownElsewhere: SHOWN_ELSEWHERE.includes(path),
	})),
	...readFiles('examples/*.json').map((file) => ({
		path: file.path,
		links: linksInNotes(file),
		isShownElsewhere: true,
	})),
	...readFiles([
		'{nodes,credentials}/**/*.ts',
		'nodes/**/*.node.json',
		'{.,moyasar}/package.json',
		'.github/ISSUE_TEMPLATE/*.yml',
	]).map(({ path, text }) => ({ path, links: addressesIn(text), isShownElsewhere: true })),
];

describe('the repository', () => {
	test('has no link that leads nowhere', () => {
		expect(files.flatMap((file) => checkLinks(file, repository, HOSTS))).toStrictEqual([]);
	});

	test('links every host of the list', () => {
		expect([...foreignHosts(files)].toSorted()).toStrictEqual(HOSTS.toSorted());
	});

	test.each(SHOWN_ELSEWHERE.concat('docs/trigger.md', 'credentials/RsomPayApi.credentials.ts'))(
		'has links in %s at all',
		(path) => {
			expect(files.find((file) => file.path === path)?.links).not.toHaveLength(0);
		},
	);
});

describe('the check', () => {
	const OWN = 'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay';
	const pages = [
		{ path: 'README.md', text: '# Title' },
		{ path: 'docs/a.md', text: '# First\n\n## On Error: what `then`?\n\n## Twice\n\n## Twice' },
	].map(toPage);
	const target: Target = { exists: (path) => pages.some((page) => page.path === path), pages };

	const findings = (text: string, path = 'docs/b.md') => {
		const { links } = toPage({ path, text }).markdown;
		return checkLinks({ path, links, isShownElsewhere: path === 'README.md' }, target, [
			'n8n.io',
		]).map((finding) => finding.replace(/^\S+ /, ''));
	};

	test.each([
		'[a](a.md)',
		'[a](a.md#on-error-what-then)',
		'[a](a.md#twice-1)',
		'[a](../README.md)',
		`[a](${OWN}/blob/main/docs/a.md#first)`,
		`[a](${OWN}/issues)`,
		'<https://n8n.io/x>',
		'mailto:tech@example.com',
	])('accepts %s', (text) => {
		expect(findings(text)).toStrictEqual([]);
	});

	test.each([
		['[a](c.md)', 'c.md leads to no file'],
		['[a](a.md#second)', 'a.md#second leads to no heading'],
		['[a](a.md#twice-2)', 'a.md#twice-2 leads to no heading'],
		['[a](#here)', '#here leads to no file'],
		['![a](pictures/a.webp)', 'pictures/a.webp leads to no file'],
		['<img src="a.png">', 'a.png leads to no file'],
		['Text <img src="a.png">', 'a.png leads to no file'],
		[`[a](${OWN}/blob/main/docs/c.md)`, `${OWN}/blob/main/docs/c.md leads to no file`],
		[`[a](${OWN}/blob/old/docs/a.md)`, `${OWN}/blob/old/docs/a.md leads to no file`],
		[`[a](${OWN}/blob/main/docs/a.md#x)`, `${OWN}/blob/main/docs/a.md#x leads to no heading`],
		[
			'https://raw.githubusercontent.com/n8n-nodes-rsompay/n8n-nodes-rsompay/main/b.webp',
			'https://raw.githubusercontent.com/n8n-nodes-rsompay/n8n-nodes-rsompay/main/b.webp leads to no file',
		],
		['https://evil.example/', 'https://evil.example/ leads to a host that is unknown'],
	])('finds %s', (text, finding) => {
		expect(findings(text)).toStrictEqual([finding]);
	});

	test('accepts only absolute links in what is shown elsewhere', () => {
		expect(findings(`[a](docs/a.md) [b](${OWN}/blob/main/docs/a.md)`, 'README.md')).toStrictEqual([
			'docs/a.md is relative',
		]);
	});

	test('finds addresses in code', () => {
		const code = `const a = 'https://a.example/x.';\n\`https://\${host}/\` "http://b.example#c"`;

		expect(addressesIn(code)).toStrictEqual([
			{ text: 'https://a.example/x', line: 1 },
			{ text: 'http://b.example#c', line: 2 },
		]);
	});

	test('finds links in the notes of a workflow only', () => {
		const note = (type: string) => ({ type, parameters: { content: '[a](https://a.example)' } });
		const text = JSON.stringify({
			nodes: [note('n8n-nodes-base.stickyNote'), note('n8n-nodes-base.set')],
		});

		expect(linksInNotes({ path: 'a.json', text })).toStrictEqual([
			{ text: 'https://a.example', line: 1 },
		]);
	});
});
