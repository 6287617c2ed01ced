/** The examples make up for webhooks that never come, through a kill of n8n. */
import { smtpData } from '../../harness/credentials.mts';
import { startMailServer } from '../../harness/mail.mts';
import { runMissedWebhooks } from '../../harness/missedWebhooks.mts';
import { useTestBed } from './harness/testBed.mts';

const testBed = useTestBed();

test('fulfils each of 100 orders once: 30 webhooks lost, 10 doubled, n8n killed once', async () => {
	const { n8n, simulator } = testBed;
	const mail = await startMailServer();
	try {
		const smtp = await n8n.api.createCredential('smtp', 'SMTP account', smtpData(mail.port));

		const outcome = await runMissedWebhooks(
			{ n8n, simulator },
			[testBed.credential, smtp],
			{
				invoices: 100,
				kills: 1,
				atOnce: 10,
				sweepSeconds: 10,
				askAfterSeconds: 20,
				timeoutMs: 120_000,
			},
			() => undefined,
		);

		expect(outcome).toMatchObject({
			lost: 30,
			lostAndFulfilled: 30,
			doubled: 10,
			fulfilled: 100,
			fulfilledTwice: 0,
			rowsLeft: 0,
		});
		expect(outcome.reportedHealed).toBeGreaterThan(0);
		expect(mail.mails().map(({ subject }) => subject)).toContainEqual(
			expect.stringContaining('RsomPay webhooks are being lost'),
		);
	} finally {
		await mail.close();
	}
}, 360_000);
