import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import pLimit from 'p-limit';
import { rsomPayData } from '../harness/credentials.mts';
import { productionUrl } from '../harness/examples.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { chain, node } from '../harness/workflows.mts';
import { exampleInvoiceRequest, type Simulator, startSimulator } from '../simulator/index.mts';
import type { Figure, Scenario } from './scenario.mts';

/** A page as a stranger sees it: everything but the date, and how long it took. */
interface Page {
	shown: string;
	heading: string;
	ms: number;
}

/** For a busy machine. */
const TOLERANCE_MS = 3_000;

/** The public return URL under strangers: scans, outages, and real customers at the same time. */
export const strangers: Scenario = {
	name: 'strangers',
	description: 'what strangers at the return URL cost RsomPay, and what they learn',
	run: async (report) => {
		await using stack = new AsyncDisposableStack();
		const simulator = await startSimulator({ webhookDelayMs: 0, events: [] });
		stack.defer(async () => await simulator.close());
		const n8n = stack.use(await N8n.start({ env: { N8N_DISABLE_UI: 'true' } }));
		const url = async (confirmSeconds: number) => await publish(n8n, simulator, confirmSeconds);

		report('200 visits with random IDs while RsomPay responds with 429 …');
		const limited = await whileLimited(simulator, await url(1));
		report('60 visits at once while RsomPay hangs …');
		const hanging = await whileHanging(simulator, await url(5));
		report('10 visits each: pending, unknown, with the number of another invoice …');
		const equal = await compare(simulator, await url(1));
		report('200 visits with random IDs and 40 customers …');
		const served = await whileScanned(simulator, await url(5));
		return [...limited, ...hanging, ...equal, ...served];
	},
};

async function whileLimited({ control }: Simulator, url: string): Promise<Figure[]> {
	control.reset();
	control.injectFault({ kind: 'status', status: 429, retryAfter: 60 });
	const pages = await visitInTurn(url, randomIds(200), 40);
	return [
		{
			label: 'requests to RsomPay for 200 visits during a 429',
			value: control.requests().length,
			atLeast: 1,
			atMost: 4,
		},
		{
			label: 'slowest page during a 429, ms',
			value: slowest(pages),
			atMost: 3_250 + 2 * TOLERANCE_MS,
		},
	];
}

async function whileHanging({ control }: Simulator, url: string): Promise<Figure[]> {
	control.reset();
	control.injectFault({ kind: 'hang' });
	// Without an ID there is nothing to wait for.
	const own = slowest(
		await visitAll(
			url,
			Array.from({ length: 60 }, () => ({})),
		),
	);
	const pages = await visitAll(url, randomIds(60));
	return [
		{ label: 'slowest of 60 pages that need no request: the time of n8n itself, ms', value: own },
		{
			label: 'requests to RsomPay for 60 visits while it hangs',
			value: control.requests().length,
			atMost: 8,
		},
		{
			label: 'slowest of 60 pages while RsomPay hangs, without the time of n8n itself, ms',
			value: slowest(pages) - own,
			atMost: 6_250 + TOLERANCE_MS,
		},
	];
}

async function compare(simulator: Simulator, url: string): Promise<Figure[]> {
	simulator.control.reset();
	simulator.control.configure({ events: [], latencyMs: 150 });
	await issue(simulator, 'PENDING');
	const [invoice] = simulator.control.invoices();
	const known = {
		status: 'success',
		external_id: 'PENDING',
		reference_number: invoice?.reference_number ?? '',
	};
	const queries = [
		known,
		{ ...known, external_id: 'UNKNOWN' },
		{ ...known, reference_number: 'INV-42-999' },
	];
	const pages: Page[][] = queries.map(() => []);
	for (let round = 0; round < 10; round++) {
		// One kind begins a round as often as another.
		const order = queries.map((_, index) => (index + round) % queries.length);
		const shown = await visitAll(
			url,
			order.flatMap((index) => queries[index] ?? []),
		);
		for (const [place, page] of shown.entries()) pages[order[place] ?? 0]?.push(page);
	}
	const medians = pages.map((found) => median(found.map(({ ms }) => ms)));
	return [
		{
			label: 'different pages (status, headers, body) of three kinds of visits',
			value: new Set(pages.flat().map(({ shown }) => shown)).size,
			atMost: 1,
		},
		{
			label: 'largest difference of their median times, ms',
			value: Math.max(...medians) - Math.min(...medians),
			atMost: 100,
		},
	];
}

async function whileScanned(simulator: Simulator, url: string): Promise<Figure[]> {
	const { control } = simulator;
	control.reset();
	control.configure({ events: [], latencyMs: 100 });
	const known = await issuePaid(simulator, 'KNOWN', 20);
	const fresh = await issuePaid(simulator, 'NEW', 20);
	await visitInTurn(url, known, 5);
	const before = Date.now();
	const scan = visitInTurn(url, randomIds(200), 40);
	await sleep(5_000);
	const [returning, newcomers] = await Promise.all([
		visitInTurn(url, known, 4),
		visitInTurn(url, fresh, 4),
	]);
	const pages = await scan;
	const seconds = (Date.now() - before) / 1_000;
	const guesses = control
		.requests()
		.filter(({ query }) => String(query.external_id).startsWith('NO-')).length;
	return [
		{
			label: `requests to RsomPay for 200 random IDs within ${seconds.toFixed(0)} s`,
			value: guesses,
			atMost: 60 + Math.ceil(seconds),
		},
		{ label: 'slowest page of a scan, ms', value: slowest(pages) },
		{
			label: 'of 20 customers who come back during the scan are shown Paid',
			value: returning.filter(({ heading }) => heading === 'Paid').length,
			atLeast: 20,
		},
		{
			label: 'of 20 new customers during the scan are shown Paid',
			value: newcomers.filter(({ heading }) => heading === 'Paid').length,
		},
	];
}

/** Publishes a trigger with a credential of its own, and returns its URL. */
async function publish(n8n: N8n, simulator: Simulator, confirmSeconds: number): Promise<string> {
	const credential = await n8n.api.createCredential(
		'rsomPayApi',
		'RsomPay account',
		rsomPayData(simulator),
	);
	const trigger = node(
		'RsomPay Trigger',
		'n8n-nodes-rsompay.rsomPayTrigger',
		{ events: ['customer.returned'], options: { confirmSeconds } },
		{
			typeVersion: 2,
			webhookId: randomUUID(),
			credentials: { rsomPayApi: { id: null, name: 'RsomPay account' } },
		},
	);
	const workflow = chain(trigger);
	await n8n.api.publish(await n8n.api.importWorkflow(workflow, [credential]));
	return productionUrl(n8n.url, workflow, trigger.name);
}

async function issue(simulator: Simulator, externalId: string): Promise<void> {
	await axios.post(
		`${simulator.apiBaseUrl}/invoices`,
		{ ...exampleInvoiceRequest, external_id: externalId },
		{ headers: { Authorization: `Bearer ${simulator.apiToken}` }, proxy: false },
	);
}

/** Creates paid invoices, and returns the queries with which their customers come back. */
async function issuePaid(simulator: Simulator, prefix: string, count: number) {
	const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
	for (const id of ids) {
		await issue(simulator, id);
		simulator.control.payInvoice(id);
	}
	return ids.map((external_id) => ({ status: 'success', external_id }));
}

const randomIds = (count: number) =>
	Array.from({ length: count }, () => ({ status: 'success', external_id: `NO-${randomUUID()}` }));

async function visitAll(url: string, queries: Array<Record<string, string>>): Promise<Page[]> {
	return await Promise.all(
		queries.map(async (query) => {
			const before = performance.now();
			const { status, headers, data } = await axios.get<string>(
				`${url}?${new URLSearchParams(query).toString()}`,
				{ proxy: false, responseType: 'text', validateStatus: () => true },
			);
			const ms = performance.now() - before;
			const stable = Object.entries(headers).filter(([name]) => name !== 'date');
			const heading = /<h1>(.*?)<\/h1>/.exec(data)?.[1] ?? '';
			return { shown: JSON.stringify([status, stable, data]), heading, ms };
		}),
	);
}

/** Opens the URL with each query, so many at a time. */
async function visitInTurn(
	url: string,
	queries: Array<Record<string, string>>,
	atOnce: number,
): Promise<Page[]> {
	const limit = pLimit(atOnce);
	const pages = queries.map((query) => limit(async () => await visitAll(url, [query])));
	return (await Promise.all(pages)).flat();
}

const slowest = (pages: Page[]) => Math.max(...pages.map(({ ms }) => ms));

function median(values: number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
