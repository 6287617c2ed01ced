import { rsomPayData, smtpData } from '../harness/credentials.mts';
import { startMailServer } from '../harness/mail.mts';
import { runMissedWebhooks } from '../harness/missedWebhooks.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { startSimulator } from '../simulator/index.mts';
import type { Scenario } from './scenario.mts';

const INVOICES = 1_000;
const KILLS = 3;

const env = {
	N8N_DISABLE_UI: 'true',
	// Otherwise n8n takes minutes to restore what interrupted executions looked like.
	N8N_EVENTBUS_RECOVERY_MODE: 'simple',
};

/** The sweep makes up for webhooks that never come, whatever happens to n8n meanwhile. */
export const missedWebhooks: Scenario = {
	name: 'missed-webhooks',
	description: `${INVOICES} invoices, 30 % of the webhooks lost, 10 % doubled, n8n killed ${KILLS} times`,
	run: async (report) => {
		await using stack = new AsyncDisposableStack();
		const simulator = await startSimulator();
		stack.defer(async () => await simulator.close());
		const mail = await startMailServer();
		stack.defer(async () => await mail.close());
		const n8n = stack.use(await N8n.start({ env, onProgress: report }));
		const credentials = [
			await n8n.api.createCredential('rsomPayApi', 'RsomPay account', rsomPayData(simulator)),
			await n8n.api.createCredential('smtp', 'SMTP account', smtpData(mail.port)),
		];
		const outcome = await runMissedWebhooks(
			{ n8n, simulator },
			credentials,
			{
				invoices: INVOICES,
				kills: KILLS,
				atOnce: 10,
				sweepSeconds: 20,
				askAfterSeconds: 60,
				timeoutMs: 180_000,
			},
			report,
		);
		return [
			{ label: 'payments without a webhook', value: outcome.lost },
			{ label: 'payments with each webhook twice', value: outcome.doubled },
			{ label: 'orders fulfilled', value: outcome.fulfilled, atLeast: INVOICES, atMost: INVOICES },
			{ label: 'orders fulfilled twice', value: outcome.fulfilledTwice, atMost: 0 },
			{
				label: 'orders fulfilled of those without a webhook: healed by the sweep',
				value: outcome.lostAndFulfilled,
				atLeast: outcome.lost,
			},
			{ label: 'orders that the finished sweeps report as healed', value: outcome.reportedHealed },
			{
				label: 'requests repeated because a kill interrupted the first, and marked so',
				value: outcome.repeated,
			},
			{ label: 'orders left open at the end', value: outcome.rowsLeft, atMost: 0 },
			{
				label: 'e-mails that say that webhooks are being lost',
				value: mail.mails().length,
				atLeast: 1,
			},
			{ label: 's, the longest time from payment to fulfilment', value: outcome.slowestSeconds },
		];
	},
};
