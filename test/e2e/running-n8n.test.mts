import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import axios from 'axios';
import { owner } from '../../harness/n8n/api.mts';
import { N8n } from '../../harness/n8n/n8n.mts';
import { connectToRunningN8n, readRunningN8n } from '../../harness/n8n/running.mts';
import { NODES } from '../../scripts/outputSchemas.mts';
import { openBed } from '../../versions/bed.mts';
import { cases } from '../../versions/cases.mts';

jest.setTimeout(4 * 60_000);

/** An n8n without the packages, in a process of its own. */
let n8n: N8n;
let userFolder: string;
beforeAll(async () => {
	userFolder = await mkdtemp(join(tmpdir(), 'running-n8n-'));
	n8n = await N8n.start({ userFolder });
});
afterAll(async () => {
	await n8n.stop();
	await rm(userFolder, { recursive: true, force: true });
});

const variables = () => ({
	RUNNING_N8N_URL: `${n8n.url}/`,
	RUNNING_N8N_EMAIL: owner.email,
	RUNNING_N8N_PASSWORD: owner.password,
});
const nodes = () => join(userFolder, '.n8n', 'nodes');

/** The settings that these environment variables are. */
function settingsOf(more: NodeJS.ProcessEnv) {
	const settings = readRunningN8n({ ...variables(), ...more });
	if (settings === undefined) throw new Error('There are no settings.');
	return settings;
}

test('no variables: there is no such n8n', () => {
	expect(readRunningN8n({})).toBeUndefined();
});

test.each([
	[{}, 'Set either RUNNING_N8N_FOLDER or RUNNING_N8N_INSTALL.'],
	[{ RUNNING_N8N_FOLDER: '/n', RUNNING_N8N_INSTALL: 'i' }, 'Set either RUNNING_N8N_FOLDER'],
	[{ RUNNING_N8N_FOLDER: '/n', RUNNING_N8N_PASSWORD: '' }, 'RUNNING_N8N_PASSWORD'],
	[{ RUNNING_N8N_FOLDER: '/n', RUNNING_N8N_URL: 'n8n' }, 'RUNNING_N8N_URL'],
])('variables %j: says what is wrong', (more, message) => {
	expect(() => settingsOf(more)).toThrow(message);
});

test('a command that installs nothing: says which node is missing', async () => {
	const connecting = connectToRunningN8n(settingsOf({ RUNNING_N8N_INSTALL: 'true' }));

	await expect(connecting).rejects.toThrow('has not loaded the node n8n-nodes-rsompay.rsomPay');
});

test('a command gets both tarballs; its failure is an error with its output', async () => {
	const connecting = connectToRunningN8n(
		settingsOf({ RUNNING_N8N_INSTALL: 'ls "$@" && echo no space left >&2 && false' }),
	);

	await expect(connecting).rejects.toThrow(
		/n8n-nodes-moyasar-[\d.]+\.tgz\n.*n8n-nodes-rsompay-[\d.]+\.tgz\nno space left/,
	);
});

test('a folder: installs the packages, waits for a restart, and every feature works', async () => {
	const restarts: Array<Promise<void>> = [];

	const running = await connectToRunningN8n(
		settingsOf({ RUNNING_N8N_FOLDER: nodes() }),
		(message) => {
			if (message === 'Restart n8n now') restarts.push(n8n.restart());
		},
	);
	await Promise.all(restarts);

	expect(running).toMatchObject({ url: n8n.url, version: n8n.version });
	await using bed = await openBed(running);
	for (const { run } of cases) {
		await run(bed);
		await bed.endCase();
	}
});

// Of the packages that the test before has installed. This n8n has its editor: without, it serves none.
describe('n8n serves its editor the output schemas', () => {
	const TYPES = { RsomPay: 'n8n-nodes-rsompay.rsomPay', Moyasar: 'n8n-nodes-moyasar.moyasar' };

	test.each(NODES)('of each version and operation of $name', async ({ name, built }) => {
		const folder = join(built, '__schema__');
		const files = globSync('*/*/*.json', { cwd: folder });

		expect(files.length).toBeGreaterThan(1);
		for (const file of files) {
			const path = file.slice('v'.length).split(sep).join('/');
			const { data } = await axios.get<unknown>(`${n8n.url}/schemas/${TYPES[name]}/${path}`);

			expect(data).toStrictEqual(JSON.parse(readFileSync(join(folder, file), 'utf8')));
		}
	});
});
