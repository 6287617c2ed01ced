import { moyasarData, rsomPayData } from '../harness/credentials.mts';
import { type Credential, itemsOf } from '../harness/n8n/api.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { chain, node } from '../harness/workflows.mts';
import { type Simulator, startSimulator } from '../simulator/index.mts';
import type { Figure, Scenario } from './scenario.mts';

const PAYMENTS = 4_000;
/** Payments among them that are not paid yet. */
const INITIATED = 40;
const TRANSACTIONS = 5_000;
const CUSTOMER = 'CUST-9';
const EVERY_MS = 500;
const LATENCY_MS = 50;

/** 20 is the default. With 1 a list takes longest, and so changes most. */
const CONCURRENCIES = [20, 1];

/** A list, and what happens to it every 500 ms. */
interface Busy {
	label: string;
	list: 'payments' | 'transactions';
	filters?: Record<string, string>;
	/** Changes the list. Returns the ID of the record that has left it, if one has. */
	change?: (simulator: Simulator, ids: string[], count: number) => string | undefined;
}

const quiet: Busy = { label: 'no change', list: 'payments' };
const quietPaid: Busy = { ...quiet, label: 'Status Paid', filters: { status: 'paid' } };
const quietTransactions: Busy = { label: 'no change', list: 'transactions' };

/** Each with the quiet one that it is compared with. */
const cases: ReadonlyArray<[Busy, Busy]> = [
	[
		{
			label: 'new payments',
			list: 'payments',
			change: ({ moyasar }) => void moyasar.control.addPayment(),
		},
		quiet,
	],
	[
		{
			label: 'deleted payments',
			list: 'payments',
			change: ({ moyasar }, ids, count) => {
				const id = anyOf(ids, count);
				moyasar.control.removePayment(id);
				return id;
			},
		},
		quiet,
	],
	[
		{
			label: 'payments that enter or leave the status Paid',
			list: 'payments',
			filters: { status: 'paid' },
			change: ({ moyasar }, ids, count) => {
				const id = count % 2 === 0 ? initiatedId(count) : anyOf(ids, count);
				if (count % 2 === 0) return void moyasar.control.updatePayment(id, { status: 'paid' });
				moyasar.control.updatePayment(id, { status: 'refunded' });
				return id;
			},
		},
		quietPaid,
	],
	[
		{
			label: 'new transactions',
			list: 'transactions',
			change: ({ control }) => void control.addTransaction(CUSTOMER),
		},
		quietTransactions,
	],
];

// Far apart, and never the same twice.
const anyOf = (ids: string[], count: number): string => ids[(count * 997) % ids.length] ?? '';

const initiatedId = (count: number): string => `initiated-${count % INITIATED}`;

interface Reading {
	requests: number;
	changes: number;
	/** Records that were in the list all the time and did not come. */
	missing: number;
	/** Records that came twice. */
	twice: number;
}

/** A whole list of a busy account, at the cost of a quiet one. */
export const busyList: Scenario = {
	name: 'busy-list',
	description: `Return All of ${PAYMENTS} payments and ${TRANSACTIONS} transactions, one change each ${EVERY_MS} ms`,
	async run(report) {
		await using started = new AsyncDisposableStack();
		const simulator = await startSimulator({});
		started.defer(async () => await simulator.close());
		const n8n = started.use(
			await N8n.start({ env: { N8N_DISABLE_UI: 'true' }, onProgress: report }),
		);
		const credentials = {
			payments: await n8n.api.createCredential(
				'moyasarApi',
				'Moyasar',
				moyasarData(simulator.moyasar),
			),
			transactions: await n8n.api.createCredential('rsomPayApi', 'RsomPay', rsomPayData(simulator)),
		};
		const figures: Figure[] = [];
		for (const concurrency of CONCURRENCIES) {
			const read = async (busy: Busy) => {
				const reading = await readWhileBusy(n8n, simulator, credentials, busy, concurrency);
				const { requests, changes, missing, twice } = reading;
				figures.push({ label: `requests, ${labelOf(busy, concurrency)}`, value: requests });
				if (busy.change) {
					figures.push(
						{ label: '  changes meanwhile', value: changes, atLeast: 1 },
						{ label: '  missing', value: missing, atMost: 0 },
						{ label: '  twice', value: twice, atMost: 0 },
					);
				}
				return reading;
			};
			const quietRequests = new Map<Busy, number>();
			for (const [busy, compared] of cases) {
				if (!quietRequests.has(compared)) {
					quietRequests.set(compared, (await read(compared)).requests);
				}
				const { requests } = await read(busy);
				const ratio = requests / (quietRequests.get(compared) ?? 0);
				figures.push({ label: '  times the requests of a quiet list', value: ratio, atMost: 2 });
			}
		}
		return figures;
	},
};

const labelOf = ({ list, label }: Busy, concurrency: number) =>
	`${list}, ${label}, Concurrency ${concurrency}`;

async function readWhileBusy(
	{ api }: N8n,
	simulator: Simulator,
	credentials: Record<Busy['list'], Credential>,
	{ list, label, filters = {}, change }: Busy,
	concurrency: number,
): Promise<Reading> {
	const ids = seed(simulator, list, filters);
	const isMoyasar = list === 'payments';
	const reader = node(
		'List',
		isMoyasar ? 'n8n-nodes-moyasar.moyasar' : 'n8n-nodes-rsompay.rsomPay',
		{
			resource: isMoyasar ? 'payment' : 'transaction',
			operation: 'getAll',
			customerId: CUSTOMER,
			returnAll: true,
			filters,
			options: { concurrency },
		},
		{ credentials: { [credentials[list].type]: { id: null, name: '' } } },
	);
	const id = await api.importWorkflow(
		chain(node('Manual Trigger', 'n8n-nodes-base.manualTrigger'), reader),
		[credentials[list]],
	);
	const left = new Set<string | undefined>();
	let changes = 0;
	// The first change comes while the first page is on its way.
	const timer = setInterval(() => left.add(change?.(simulator, ids, changes++)), EVERY_MS);
	const { status, error, nodes } = await api
		.runManually(id, 'Manual Trigger', 120_000)
		.finally(() => clearInterval(timer));
	if (status !== 'success') throw new Error(`${label}: ${error?.message ?? status}`);
	const found = itemsOf(nodes.List).map(({ id: key, reference }) => String(key ?? reference));
	const distinct = new Set(found);
	return {
		requests: isMoyasar
			? simulator.moyasar.control.requests().length
			: simulator.control.requests().length,
		changes,
		missing: ids.filter((key) => !distinct.has(key) && !left.has(key)).length,
		twice: found.length - distinct.size,
	};
}

/** Fills the list. Returns the IDs of its records. */
function seed(
	{ control, moyasar }: Simulator,
	list: Busy['list'],
	{ status }: Record<string, string>,
): string[] {
	control.reset();
	moyasar.control.reset();
	control.configure({ latencyMs: LATENCY_MS });
	moyasar.control.configure({ latencyMs: LATENCY_MS });
	if (list === 'transactions') {
		return control
			.seedTransactions({ customerId: CUSTOMER, count: TRANSACTIONS })
			.map(({ reference }) => reference);
	}
	const now = Date.now();
	moyasar.control.seedPayments({ count: PAYMENTS - INITIATED, status: 'paid' });
	for (let count = 0; count < INITIATED; count++) {
		const createdAt = new Date(now - (PAYMENTS / INITIATED) * count * 1_000);
		moyasar.control.addPayment({ id: initiatedId(count), status: 'initiated', createdAt });
	}
	return moyasar.control
		.payments()
		.filter((payment) => status === undefined || payment.status === status)
		.map(({ id }) => id);
}
