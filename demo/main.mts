/** `npm run demo [-- --once]`: installs and starts n8n, and runs the main job on it, step by step. */
import { parseArgs } from 'node:util';
import { Listr } from 'listr2';
import { describeMail, startMailServer } from '../harness/mail.mts';
import { owner } from '../harness/n8n/api.mts';
import { ensureN8n } from '../harness/n8n/install.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { startSimulator } from '../simulator/index.mts';
import { runMainJob } from './mainJob.mts';

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const staysOpen = process.stdout.isTTY && !options.once;
const interrupted = new Promise<'interrupted'>((resolve) => {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.on(signal, () => resolve('interrupted'));
	}
});

process.exit(await main());

/** @returns the exit code: 0 when every step has succeeded. */
async function main(): Promise<number> {
	await using started = new AsyncDisposableStack();
	try {
		const end = await Promise.race([demo(started), interrupted]);
		if (end === 'interrupted') return 130;
		if (staysOpen) {
			console.log(end);
			await interrupted;
		}
		return 0;
	} catch (error) {
		console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
		return 1;
	}
}

/** @returns the text that says how to continue by hand. */
async function demo(started: AsyncDisposableStack): Promise<string> {
	await step('Install n8n', async (report) => {
		report(await ensureN8n(report));
	});
	const simulator = await step('Start the RsomPay simulator', async (report) => {
		const running = await startSimulator();
		started.defer(() => running.close());
		report(running.apiBaseUrl);
		return running;
	});
	const mail = await step('Start an SMTP server', async (report) => {
		const running = await startMailServer();
		started.defer(() => running.close());
		report(`127.0.0.1:${running.port}`);
		return running;
	});
	const n8n = await step('Start n8n with the package', async (report) => {
		// A person who continues by hand may use a Code node, which needs n8n's task runner.
		const env: Record<string, string> = staysOpen ? { N8N_RUNNERS_MODE: 'internal' } : {};
		const n8n = started.use(await N8n.start({ env, onProgress: report }));
		report(n8n.url);
		return n8n;
	});
	const job = await withLog(n8n, () => runMainJob({ n8n, simulator, mail }, step));
	if (staysOpen) mail.onMail((received) => console.log(`\nE-mail ${describeMail(received)}`));
	return `
n8n is still running. Try it yourself:
  1. Fill in the form    ${job.formUrl}
  2. Open the payment link on its last page, and pay, fail, try again or cancel.
  3. You return to the result page; e-mails to the customer are printed here.

  Editor                 ${n8n.url}
  Login                  ${owner.email} / ${owner.password}
  The execution above    ${job.checkout.executionUrl}
  The webhook's          ${job.webhook.executionUrl}

Ctrl-C stops everything.`;
}

/** Adds the end of n8n's log to an error. */
async function withLog<T>(n8n: N8n, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(`${reason}\n\nn8n's log ends with:\n${n8n.logTail()}`, { cause: error });
	}
}

/** Displays a step while it runs: its title with a tick, and below it the reported lines. */
async function step<T>(
	title: string,
	work: (report: (line: string) => void) => Promise<T>,
): Promise<T> {
	const results: T[] = [];
	const tasks = new Listr(
		[
			{
				title,
				rendererOptions: { persistentOutput: true, outputBar: Infinity },
				task: async (_context, task) => {
					const report = (line: string) => {
						task.output = line;
					};
					results.push(await work(report));
				},
			},
		],
		{ registerSignalListeners: false },
	);
	await tasks.run();
	return results[0] as T;
}
