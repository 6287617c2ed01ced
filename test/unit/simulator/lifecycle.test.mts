import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startSimulator } from '../../../simulator/index.mts';
import { closeAfterTest, create, receiver, simulate } from './support.mts';

describe('a simulator', () => {
	test('listens on loopback, at the given port', async () => {
		const first = await simulate();
		expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
		expect(first.apiBaseUrl).toBe(`${first.url}/api/external/v1`);
		const port = Number(new URL(first.url).port);
		await expect(startSimulator({ port })).rejects.toThrow('EADDRINUSE');
	});

	test('generates the same IDs for the same seed, different ones for another', async () => {
		const facts = await Promise.all(
			[3, 3, 4].map(async (seed) => {
				const simulator = await simulate({ seed, retryDelaysMs: [] });
				await create(simulator, { notification_url: 'http://127.0.0.1:9' });
				const { payment_url } = simulator.control.payInvoice('INV-PARTNER-001');
				await simulator.control.settleDeliveries();
				return [
					simulator.apiToken,
					simulator.signingSecret,
					new URL(payment_url).pathname,
					...simulator.control.deliveries().map(({ event_id }) => event_id),
				];
			}),
		);
		expect(facts[0]).toEqual(facts[1]);
		for (const [index, fact] of (facts[0] ?? []).entries()) {
			expect(facts[2]?.[index]).not.toBe(fact);
		}
	});

	test('has a random seed by default', async () => {
		const [first, second] = await Promise.all([
			simulate({ seed: undefined }),
			simulate({ seed: undefined }),
		]);
		expect(first.seed).not.toBe(second.seed);
		expect(first.apiToken).not.toBe(second.apiToken);
	});

	test('ignores an undefined setting', async () => {
		const simulator = await simulate({ signingSecret: undefined });
		expect(simulator.signingSecret).toMatch(/^rsom-secret-/);
		simulator.control.configure({ signingSecret: undefined });
		expect(simulator.signingSecret).toMatch(/^rsom-secret-/);
	});

	test('closes at once, with requests and deliveries in flight', async () => {
		const errors = jest.spyOn(console, 'error');
		const silent = await receiver(() => new Promise<number>(() => undefined));
		const away = await receiver(() => 500);
		const simulator = await simulate({ retryDelaysMs: [60_000] });
		await create(simulator, { external_id: 'A', notification_url: silent.url });
		await create(simulator, { external_id: 'B', notification_url: away.url });
		simulator.control.payInvoice('A');
		simulator.control.payInvoice('B');
		simulator.control.injectFault({ kind: 'hang', match: { times: 1 } });
		simulator.control.injectFault({ kind: 'latency', ms: 60_000, match: { skip: 1 } });
		const aborted = [create(simulator, { external_id: 'C' }), create(simulator)].map((request) =>
			expect(request).rejects.toThrow(),
		);
		await expect(simulator.control.settleDeliveries({ timeoutMs: 200 })).rejects.toThrow('pending');

		const startedAt = performance.now();
		await simulator.close();
		await Promise.all(aborted);
		await simulator.control.settleDeliveries({ timeoutMs: 1000 });
		expect(performance.now() - startedAt).toBeLessThan(1000);
		expect(errors).not.toHaveBeenCalled();
		errors.mockRestore();
	});
});

describe('npm run simulator', () => {
	const root = join(import.meta.dirname, '../../..');
	const run = (...flags: string[]) => {
		const child = spawn(process.execPath, ['simulator/main.mts', ...flags], { cwd: root });
		let output = '';
		child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
		child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
		const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, output }));
		closeAfterTest({
			close: () => {
				child.kill('SIGKILL');
				return ended;
			},
		});
		const printed = async (text: string) => {
			while (!output.includes(text) && child.exitCode === null) await once(child.stdout, 'data');
			return output;
		};
		return { child, ended, printed };
	};

	test('prints URLs and secrets, applies its flags, and stops on Ctrl-C', async () => {
		const { child, ended, printed } = run(
			...['--port', '0', '--seed', '7', '--language', 'ar', '--fault', '500:1'],
			...['--fault', '{"kind":"latency","ms":60000,"match":{"nth":3}}'],
		);
		const output = await printed('/reset');
		const same = await simulate({ seed: 7 });
		expect(output).toContain(same.apiToken);
		expect(output).toContain(same.signingSecret);
		const [apiBaseUrl = ''] = /http:\S+\/api\/external\/v1/.exec(output) ?? [];
		expect(output).toContain(`curl ${apiBaseUrl}/invoices`);
		expect(output).toContain(apiBaseUrl.replace('/api/external/v1', '/control'));

		const responses = [await fetch(apiBaseUrl), await fetch(apiBaseUrl)];
		expect(responses.map(({ status }) => status)).toEqual([500, 401]);
		expect(await responses[1]?.json()).toMatchObject({ message: 'غير مصرح بالدخول.' });

		const aborted = expect(fetch(apiBaseUrl)).rejects.toThrow('fetch failed');
		await new Promise((resolve) => setTimeout(resolve, 100));
		child.kill('SIGINT');
		expect((await ended).code).toBe(0);
		await aborted;
	});

	test.each([
		['--port', 'any'],
		['--fault', 'earthquake'],
		['--language', 'fr'],
		['--latency', '-1'],
	])('exits with 1 for %s %s', async (flag, value) => {
		const { code, output } = await run(flag, value).ended;
		expect(code).toBe(1);
		expect(output).toContain(flag);
	});
});
