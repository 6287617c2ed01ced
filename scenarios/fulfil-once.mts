import { randomUUID } from 'node:crypto';
import { smtpData } from '../harness/credentials.mts';
import {
	type FulfilmentResult,
	issueInvoice,
	publishChannel,
	publishFulfilOnce,
} from '../harness/fulfilment.mts';
import { startMailServer } from '../harness/mail.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { startPostgres } from '../harness/postgres.mts';
import { lookUpProgram } from '../harness/programs.mts';
import { startSimulator } from '../simulator/index.mts';
import type { Figure, Scenario } from './scenario.mts';

const PAIRS = 100;
const AT_ONCE = 20;

/** Fulfil once, called by two channels at the same moment, on both databases of n8n. */
export const fulfilOnce: Scenario = {
	name: 'fulfil-once',
	description: `${PAIRS} orders, each reported by two channels at the same moment, on sqlite and Postgres`,
	run: async (report) => {
		const figures = await callPairs('sqlite', {}, report);
		if (lookUpProgram('initdb') === undefined) {
			report('Postgres is not installed, so the second half is left out.');
			return figures;
		}
		const postgres = await startPostgres();
		try {
			return [...figures, ...(await callPairs('Postgres', postgres.env, report))];
		} finally {
			await postgres.stop();
		}
	},
};

async function callPairs(
	database: string,
	env: Record<string, string>,
	report: (line: string) => void,
): Promise<Figure[]> {
	await using stack = new AsyncDisposableStack();
	const mail = await startMailServer();
	stack.defer(async () => await mail.close());
	const n8n = stack.use(
		await N8n.start({ env: { N8N_DISABLE_UI: 'true', ...env }, onProgress: report }),
	);
	const smtp = await n8n.api.createCredential('smtp', 'SMTP account', smtpData(mail.port));
	const fulfilOnceId = await publishFulfilOnce(n8n.api, [smtp]);
	const channels = [
		await publishChannel(n8n, fulfilOnceId, randomUUID()),
		await publishChannel(n8n, fulfilOnceId, randomUUID()),
	];
	const simulator = await startSimulator({ events: [] });
	stack.defer(async () => await simulator.close());
	const ids = Array.from({ length: PAIRS }, (_, index) => `PAIR-${index + 1}`);
	for (const external_id of ids) await issueInvoice(simulator, { external_id });
	const invoices = ids.map((id) => simulator.control.payInvoice(id));

	report(`Calling Fulfil once from two channels on ${database}, ${AT_ONCE} pairs at once`);
	const results: FulfilmentResult[][] = [];
	for (let start = 0; start < PAIRS; start += AT_ONCE) {
		const batch = invoices
			.slice(start, start + AT_ONCE)
			.map(
				async (invoice) =>
					await Promise.all(channels.map(async (channel) => await channel.call(invoice))),
			);
		results.push(...(await Promise.all(batch)));
	}
	const mailsAbout = ({ reference_number }: { reference_number: string }) =>
		mail.mails().filter(({ subject }) => subject?.endsWith(` ${reference_number}`)).length;
	const mails = invoices.map(mailsAbout);
	const both = results.filter((pair) => pair.every(({ fulfilled }) => fulfilled)).length;
	const neither = results.filter((pair) => !pair.some(({ fulfilled }) => fulfilled)).length;

	// What both calls left to each other is done by a later call; in use that is the sweep.
	for (const invoice of invoices.filter((_, index) => mails[index] === 0)) {
		await channels[0]?.call(invoice);
	}
	const atTheEnd = invoices.map(mailsAbout);
	return [
		{
			label: `${database}: orders fulfilled twice`,
			value: mails.filter((n) => n > 1).length,
			atMost: 0,
		},
		{ label: `${database}: pairs of which both say that they fulfilled`, value: both, atMost: 0 },
		{ label: `${database}: pairs that left the order to a later call`, value: neither },
		{
			label: `${database}: orders fulfilled once in the end`,
			value: atTheEnd.filter((n) => n === 1).length,
			atLeast: PAIRS,
		},
	];
}
