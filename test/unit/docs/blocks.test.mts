import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { exampleEvent } from '../../../simulator/index.mts';
import { checkCommands, checkJson, checkLanguages, type Commands } from './blocks.mts';
import { compile, run } from './compile.mts';
import { countWords } from './markdown.mts';
import { readFile, readFiles, readPages, toPage } from './repository.mts';

const pages = readPages();

const { scripts } = z
	.object({ scripts: z.record(z.string()) })
	.parse(JSON.parse(readFile('package.json').text));

const commands: Commands = {
	scripts: Object.keys(scripts),
	scenarios: readFiles('scenarios/*.mts').flatMap(({ text }) =>
		[...text.matchAll(/^\tname: '([^']+)',$/gm)].map(([, name = '']) => name),
	),
};

const page = (text: string) => toPage({ path: 'docs/a.md', text });

const fence = (language: string, text: string) => page(`\`\`\`${language}\n${text}\n\`\`\`\n`);

const blocks = (language: string) =>
	pages.flatMap(({ path, markdown }) =>
		markdown.fences
			.filter((block) => block.language === language)
			.map(({ text, line }) => [`${path}:${line}`, text] as const),
	);

describe('languages', () => {
	test('are those that are checked', () => {
		expect(pages.flatMap(checkLanguages)).toStrictEqual([]);
	});

	test('are checked', () => {
		expect(checkLanguages(fence('python', 'print(1)'))).toStrictEqual([
			'docs/a.md:1: "python" is checked by nothing',
		]);
	});
});

describe('JSON', () => {
	test('of the pages can be parsed, and is of a known kind', () => {
		expect(pages.flatMap(checkJson)).toStrictEqual([]);
	});

	test('has the event of the API guide as the sample event', () => {
		const [sample] = blocks('json').filter(([place]) => place.startsWith('docs/trigger.md'));

		expect(JSON.parse(sample?.[1] ?? '')).toStrictEqual([
			exampleEvent({ event_id: '3f71f6e0-cec2-41f8-afa5-a2ef2d15b35f' }),
		]);
	});

	test.each([
		['{"event": "payment.completed"', 'SyntaxError'],
		['{"event": "payment.completed"}', 'is no event, no invoice and no workflow'],
		['[]', 'is no event, no invoice and no workflow'],
		['{"data": {"external_id": "INV-1"}}', 'is no event, no invoice and no workflow'],
		['{"nodes": []}', 'is no event, no invoice and no workflow'],
	])('finds %s', (text, problem) => {
		expect(checkJson(fence('json', text))).toStrictEqual([
			expect.stringContaining(`docs/a.md:1: ${problem}`),
		]);
	});

	test('accepts an event, an invoice and a workflow', () => {
		const examples = [
			exampleEvent(),
			{ data: { external_id: 'INV-1', status: 'paid' } },
			{ name: 'A', nodes: [], connections: {} },
		];

		expect(examples.flatMap((value) => checkJson(fence('json', JSON.stringify(value))))).toEqual(
			[],
		);
	});
});

describe('commands', () => {
	test('of the pages exist', () => {
		expect(pages.flatMap((other) => checkCommands(other, commands))).toStrictEqual([]);
	});

	test('are looked up in what there is', () => {
		expect(commands.scripts).toContain('demo');
		expect(commands.scenarios).toContain('busy-list');
	});

	const findings = (text: string) =>
		checkCommands(page(text), { scripts: ['demo', 'test', 'scenario'], scenarios: ['busy'] });

	test.each([
		'`npm ci && npm run demo -- --once`',
		'`npm run scenario -- busy`',
		'```sh\nnpm ci\nnpm test # all\n```',
	])('accepts %s', (text) => {
		expect(findings(text)).toStrictEqual([]);
	});

	test.each([
		['`npm run dmo`', 'npm run dmo'],
		['`npm ci && npm run old`', 'npm run old'],
		['`npm start`', 'npm start'],
		['`npm run scenario -- quiet`', 'npm run scenario -- quiet'],
		['```sh\nnpm ci && npm run old\n```', 'npm run old'],
	])('finds %s', (text, command) => {
		expect(findings(text)).toStrictEqual([`docs/a.md:1: \`${command}\` does not exist`]);
	});
});

describe('TypeScript', () => {
	const pieces = blocks('ts').map(([, code]) => code);
	const [example = ''] = pieces;

	test('of the pages compiles with the strict settings and the package', () => {
		const faulty = example
			.replace('secrets:', 'secret:')
			.replace('result.reason', 'result.why')
			.replace('event.invoice?.external_id', 'event.invoice.external_id');
		const errors = compile([...pieces, faulty]);

		expect(errors.pop()).toStrictEqual([
			expect.stringContaining("'secret' does not exist"),
			expect.stringContaining("'why' does not exist"),
			expect.stringContaining("'event.invoice' is possibly 'undefined'"),
		]);
		expect(errors).toStrictEqual([[]]);
	}, 60_000);

	test('of verify-in-code.md accepts a signed webhook, and no other one', async () => {
		const log = jest.fn();
		const warn = jest.fn();
		const env = { SIGNING_SECRET: 'new', PREVIOUS_SIGNING_SECRET: 'old', PORT: '0' };
		const { server } = run(example, { process: { env }, console: { log, warn } }) as {
			server: Server;
		};
		if (!server.listening) await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const body = JSON.stringify(exampleEvent());
		const signed = (secret: string) => createHmac('sha256', secret).update(body).digest('hex');
		const post = async (text: string, signature?: string) => {
			const headers: Record<string, string> = signature ? { 'X-Rsom-Signature': signature } : {};
			const url = `http://127.0.0.1:${port}/`;
			const { status } = await fetch(url, { method: 'POST', body: text, headers });
			return status;
		};
		try {
			expect(await post(body, signed('new'))).toBe(200);
			expect(await post(body, signed('old'))).toBe(200);
			expect(await post(body.replace('103.5', '1.5'), signed('new'))).toBe(401);
			expect(await post(body, signed('other'))).toBe(401);
			expect(await post(body)).toBe(401);
		} finally {
			server.closeAllConnections();
			server.close();
		}
		const accepted = ['payment.completed', expect.any(String), 'INV-PARTNER-001'];
		expect(log.mock.calls).toStrictEqual([accepted, accepted]);
		expect(warn.mock.calls.flat()).toStrictEqual([
			'Webhook rejected: wrong signature',
			'Webhook rejected: wrong signature',
			'Webhook rejected: missing signature',
		]);
	}, 60_000);
});

describe('the number of words', () => {
	test.each([
		['README.md', 900],
		['moyasar/README.md', 400],
	])('of %s is at most %i', (path, max) => {
		expect(countWords(toPage(readFile(path)).markdown)).toBeLessThanOrEqual(max);
	});

	test('counts what a reader sees', () => {
		const text = [
			'# One *two*',
			'',
			'<!-- not this -->',
			'',
			'[three four](https://example.com/not-this) – `five` ![not this](a.png)',
			'',
			'| six | seven |',
			'| --- | ----- |',
			'|     | 8 | ',
			'',
			'```sh',
			'nine ten',
			'```',
		].join('\n');

		expect(countWords(page(text).markdown)).toBe(10);
	});
});
