import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import type { Balancing } from '../harness/queue/nginx.mts';
import { until } from '../harness/n8n/until.mts';
import type { Bed } from './bed.mts';
import type { QueueScenario, Row } from './scenario.mts';
import { paced } from './sender.mts';
import { n8nWebhook, waitForPayments } from './workflows.mts';

/** Executions that wait, by how many invoices each waits for. */
const EXECUTIONS = [
	{ invoices: 1, executions: 100 },
	{ invoices: 3, executions: 30 },
] as const;

const START_EVERY_MS = 100;
const PAY_EVERY_MS = 400;

/** The waits before the second, third, … attempt of a callback, in ms. */
const RETRY_DELAYS_MS = [1_000, 5_000, ...Array<number>(8).fill(10_000)];

/** After how many payments a webhook processor is killed. */
const KILLED_AFTER = 90;

/**
 * How many executions of a row n8n may lose as it resumes them. It stores that an execution runs, and then
 * makes a job for it: killed in between, it leaves an execution that no worker runs. And it fails one for
 * which it gets no connection to the database. One that our node keeps running would look the same.
 */
const MAX_CAUGHT = 2;

/** The error of an execution that n8n could not load, since it got no connection to the database. */
const NO_CONNECTION = 'timeout exceeded when trying to connect';

interface Wait {
	/** How many invoices each execution waits for. */
	invoices: number;
	executions: number;
	workflowId: string;
	/** The path of its webhook. */
	path: string;
}

/** Executions wait for payments; all are paid, and a webhook processor is killed meanwhile. */
export const waiting: QueueScenario = {
	name: 'waiting',
	description: 'executions wait for payments, all callbacks come twice at the same moment',
	run: async (bed, report) => {
		if (bed.scale === 1) return await runWaits(bed, 'round robin', 1, report);
		const half = bed.scale / 2;
		return [
			...(await runWaits(bed, 'round robin', half, report)),
			...(await runWaits(bed, 'hash', half, report)),
		];
	},
};

async function runWaits(
	bed: Bed,
	balancing: Balancing,
	scale: number,
	report: (line: string) => void,
): Promise<Row[]> {
	const { cluster, counter, simulator } = bed;
	const { control } = simulator;
	await cluster.nginx.balance(balancing);
	control.reset();
	control.configure({
		events: ['payment.completed'],
		retryDelaysMs: RETRY_DELAYS_MS,
		webhookDelayMs: 0,
	});
	// Each callback comes twice at the same moment.
	control.injectFault({ kind: 'duplicate' });
	const waits = await Promise.all(
		EXECUTIONS.map(async ({ invoices, executions }): Promise<Wait> => {
			const webhook = n8nWebhook();
			const workflowId = await bed.publish(waitForPayments(webhook, counter.url));
			return { invoices, executions: executions * scale, workflowId, path: webhook.path };
		}),
	);
	const workflowIds = waits.map(({ workflowId }) => workflowId);
	report(`starting executions, ${balancing}`);
	const starts = waits.flatMap(({ invoices, executions, path, workflowId }) =>
		Array.from({ length: executions }, (_, index) => ({
			path,
			ids: Array.from({ length: invoices }, (__, item) => `${workflowId}-${index}-${item}`),
		})),
	);
	await paced(bed, starts, START_EVERY_MS, async ({ path, ids }) => {
		await axios.post(cluster.nginx.url + path, { ids }, { proxy: false });
	});
	await until(
		'all executions to wait',
		async () =>
			(await bed.executions(workflowIds, ['waiting'])).length === starts.length || undefined,
		120_000 * scale,
	);

	report('paying all invoices');
	let killed: Promise<void> | undefined;
	await paced(bed, inTurns(control.invoices()), PAY_EVERY_MS, async (invoice, index) => {
		if (index === KILLED_AFTER * scale) killed = cluster.processors[0].kill();
		await payAndReturn(invoice.payment_url);
	});
	await killed;
	await cluster.ready();
	const unsettled = await control.settleDeliveries({ timeoutMs: 120_000 }).then(
		(): string[] => [],
		(error: unknown) => [String(error)],
	);
	await until(
		'all executions to resume',
		async () => (await bed.executions(workflowIds, ['waiting'])).length === 0 || undefined,
		60_000,
	).catch((error: unknown) => unsettled.push(String(error)));
	await sleep(5_000);
	return await Promise.all(waits.map(async (wait) => await rowOf(bed, wait, balancing, unsettled)));
}

/** A customer pays and returns at the moment of the callbacks, and reloads after an error. */
async function payAndReturn(paymentUrl: string): Promise<void> {
	const options = { proxy: false, maxRedirects: 0, validateStatus: () => true } as const;
	const form = new URLSearchParams({ action: 'card' });
	const { headers } = await axios.post<unknown>(paymentUrl, form, options);
	const returnUrl = String(headers.location);
	for (let loads = 0; loads < 5; loads++) {
		const { status } = await axios.get<unknown>(returnUrl, options);
		if (status < 500) return;
		await sleep(1_000);
	}
}

async function rowOf(
	bed: Bed,
	{ invoices, executions, workflowId }: Wait,
	balancing: Balancing,
	unsettled: string[],
): Promise<Row> {
	const stuck = [
		...(await bed.executions([workflowId], ['new', 'running', 'crashed'])),
		...(await bed.executions([workflowId], ['error'], NO_CONNECTION)),
	];
	const caught = stuck.filter((id) => !bed.counter.ran.has(`${workflowId}-${id}`)).length;
	const runs = [...bed.counter.ran].filter(([id]) => id.startsWith(`${workflowId}-`));
	const incomplete = runs.filter(([, values]) => values[0] !== invoices).length;
	return {
		scenario: `waits for ${invoices} invoice${invoices > 1 ? 's' : ''}, a webhook processor killed`,
		balancing,
		events: executions,
		lost: executions - runs.length,
		twice: runs.filter(([, values]) => values.length > 1).length,
		remainder: caught === 0 ? '' : `${caught} lost by n8n as it resumed them`,
		atMost: { lost: Math.min(caught, MAX_CAUGHT), twice: 0 },
		broken:
			incomplete === 0 ? unsettled : [...unsettled, `${incomplete} resumed without a payment`],
	};
}

/** The same list in an order in which the invoices of one execution are far apart. */
function inTurns<T>(list: readonly T[]): T[] {
	const step = 7;
	return Array.from({ length: step }, (_, first) =>
		list.filter((__, index) => index % step === first),
	).flat();
}
