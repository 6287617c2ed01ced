/** `npm run demo [-- --once]`: the main job on a real n8n, from nothing, before one's eyes. */
import { parseArgs } from 'node:util';
import { Listr } from 'listr2';
import { startSimulator } from '../simulator/index.mts';
import { describeMail, startMailServer } from '../harness/mail.mts';
import { runMainJob } from './mainJob.mts';
import { owner } from '../harness/n8n/api.mts';
import { ensureN8n } from '../harness/n8n/install.mts';
import { N8n } from '../harness/n8n/n8n.mts';

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const stays = process.stdout.isTTY && !options.once;
const interrupted = new Promise<'interrupted'>((resolve) => {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.on(signal, () => resolve('interrupted'));
	}
});

process.exit(await main());

/** @returns the exit code: 0 when every step was seen to happen. */
async function main(): Promise<number> {
	await using started = new AsyncDisposableStack();
	try {
		const end = await Promise.race([demo(started), interrupted]);
		if (end === 'interrupted') return 130;
		if (stays) {
			console.log(end);
			await interrupted;
		}
		return 0;
	} catch (error) {
		console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
		return 1;
	}
}

/** @returns what to tell whoever goes on trying things out. */
async function demo(started: AsyncDisposableStack): Promise<string> {
	await step('Have n8n installed', async (see) => {
		see(await ensureN8n(see));
	});
	const simulator = await step('Start the RsomPay simulator', async (see) => {
		const running = await startSimulator();
		started.defer(() => running.close());
		see(running.apiBaseUrl);
		return running;
	});
	const mail = await step('Start an SMTP server', async (see) => {
		const running = await startMailServer();
		started.defer(() => running.close());
		see(`127.0.0.1:${running.port}`);
		return running;
	});
	const n8n = await step('Start n8n with the package', async (see) => {
		// Whoever goes on trying things out may want a Code node, which needs n8n's task runner.
		const env: Record<string, string> = stays ? { N8N_RUNNERS_MODE: 'internal' } : {};
		const n8n = started.use(await N8n.start({ env, onProgress: see }));
		see(n8n.url);
		return n8n;
	});
	const job = await withLog(n8n, () => runMainJob({ n8n, simulator, mail }, step));
	if (stays) mail.onMail((received) => console.log(`\nE-mail ${describeMail(received)}`));
	return `
n8n goes on running. Try it yourself:
  1. Fill in the form    ${job.formUrl}
  2. Follow the payment link on its last page, and pay, fail, try again or cancel.
  3. You come back to the result page; e-mails to the customer are printed here.

  Editor                 ${n8n.url}
  Login                  ${owner.email} / ${owner.password}
  The execution above    ${job.checkout.executionUrl}
  That of the webhook    ${job.webhook.executionUrl}

Ctrl-C stops everything.`;
}

/** Adds the end of n8n's log to what went wrong. */
async function withLog<T>(n8n: N8n, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(`${reason}\n\nn8n's log ends with:\n${n8n.logTail()}`, { cause: error });
	}
}

/** Shows a step while it is done: its title with a tick, below it what was seen. */
async function step<T>(
	title: string,
	work: (see: (line: string) => void) => Promise<T>,
): Promise<T> {
	const results: T[] = [];
	const tasks = new Listr(
		[
			{
				title,
				rendererOptions: { persistentOutput: true, outputBar: Infinity },
				task: async (_context, task) => {
					const see = (line: string) => {
						task.output = line;
					};
					results.push(await work(see));
				},
			},
		],
		{ registerSignalListeners: false },
	);
	await tasks.run();
	return results[0] as T;
}
