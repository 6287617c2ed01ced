/** `npm run demo [-- --once]`: installs and starts n8n, and runs the main job on it, step by step. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Listr } from 'listr2';
import { cacheFolder } from '../harness/cache.mts';
import { formatBytes } from '../harness/format.mts';
import { describeMail, startMailServer } from '../harness/mail.mts';
import { owner } from '../harness/n8n/api.mts';
import { ensureN8n } from '../harness/n8n/install.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { newest } from '../harness/n8n/versions.mts';
import { startSimulator } from '../simulator/index.mts';
import { runMainJob } from './mainJob.mts';

/** How many steps the demo has. */
const STEPS = 18;

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const staysOpen = process.stdout.isTTY && !options.once;
const stop = new AbortController();
const interrupted = new Promise<'interrupted'>((resolve) => {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(signal, () => {
			// Stopping takes a while. What runs when this process exits ends n8n at once.
			if (stop.signal.aborted) process.exit(130);
			resolve('interrupted');
			stop.abort(new Error('The demo was stopped.'));
		});
	}
});
// Everything that the demo and its processes write for a while.
const temporary = mkdtempSync(join(tmpdir(), 'n8n-nodes-rsompay-demo-'));
process.env.TMPDIR = process.env.TEMP = process.env.TMP = temporary;
let steps = 0;

const code = await main();
// Comes last, after the listener that ends an n8n that was still starting.
process.once('exit', () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
process.exit(code);

/** @returns the exit code: 0 when every step has succeeded. */
async function main(): Promise<number> {
	await using started = new AsyncDisposableStack();
	try {
		const end = await Promise.race([demo(started), interrupted]);
		if (end === 'interrupted') {
			console.log(
				'\nStopping. Run the same command again to continue: what was downloaded stays in the caches.',
			);
			return 130;
		}
		if (steps !== STEPS) throw new Error(`It has ${steps} steps, not ${STEPS}.`);
		console.log(end);
		if (staysOpen) {
			await interrupted;
			console.log('\nStopping.');
		}
		return 0;
	} catch (error) {
		console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
		return 1;
	}
}

/** @returns the text that says how to continue by hand. */
async function demo(started: AsyncDisposableStack): Promise<string> {
	const install = async (report: (line: string) => void) => {
		const installing = ensureN8n(report, newest, stop.signal);
		// A stopped installation removes its files before the demo ends.
		started.defer(async () => void (await Promise.allSettled([installing])));
		report(await installing);
	};
	await step('Install n8n', install, 2);
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
	const cached = `n8n stays installed in ${cacheFolder()} (${formatBytes(newest.bytes.disk)}). "npm run clean" removes it.`;
	if (!staysOpen) return `\nThe invoices are paid. ${cached}`;
	mail.onMail((received) => console.log(`\nE-mail ${describeMail(received)}`));
	return `
n8n is still running. Now pay an invoice yourself:

  1. Open this form, fill it in and press Submit:
     ${job.formUrl}
  2. Press the payment link on its last page. Pay there, or fail, try again or cancel.
  3. You return to the result page. The e-mails to the customer are printed here.

See what n8n did:

  1. Open the editor and log in as ${owner.email}, password ${owner.password}:
     ${n8n.url}
  2. The execution above, with a green tick on each node:
     ${job.checkout.executionUrl}
  3. The one that the webhook started:
     ${job.webhook.executionUrl}

Ctrl-C stops everything. ${cached}`;
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

/**
 * Displays a step while it runs: its number, its title with a tick, and below it the reported lines.
 * @param lines how many of them stay visible in a terminal.
 */
async function step<T>(
	title: string,
	work: (report: (line: string) => void) => Promise<T>,
	lines = Infinity,
): Promise<T> {
	steps += 1;
	const results: T[] = [];
	const failures: unknown[] = [];
	const tasks = new Listr(
		[
			{
				title: `${steps}/${STEPS} ${title}`,
				rendererOptions: { persistentOutput: true, outputBar: lines },
				task: async (_context, task) => {
					const report = (line: string) => {
						task.output = line;
					};
					try {
						results.push(await work(report));
					} catch (error) {
						failures.push(error);
						throw new Error('see below', { cause: error });
					}
				},
			},
		],
		{ registerSignalListeners: false, exitOnError: false },
	);
	await tasks.run();
	if (failures.length > 0) throw failures[0];
	return results[0] as T;
}
