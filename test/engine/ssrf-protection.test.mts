import { z } from 'zod';

import { useMoyasar } from './harness/moyasar.mts';
import { coreService } from './harness/n8n-core.mts';

const bench = useMoyasar();

const LIST = { resource: 'payment', operation: 'getAll', returnAll: true };

const QUOTE =
	'n8n said: The request was blocked because it resolves to a restricted IP address (http://127.0.0.1:';

beforeAll(() => {
	const config = z
		.custom<{ enabled: boolean }>()
		.parse(coreService('@n8n/config', 'SsrfProtectionConfig'));
	config.enabled = true;
});

test("quotes n8n's SSRF protection, and does not repeat the request", async () => {
	const run = await bench.run(LIST);

	expect(run.error).toMatchObject({
		message: 'n8n could not send the request to Moyasar [Item 0]',
		description: expect.stringContaining(QUOTE) as unknown,
		failure: { cause: 'configuration-invalid' },
	});
	expect(run.error).toHaveProperty(
		'description',
		expect.stringContaining(
			'Check the Base URL in the credential, or ask the administrator of this n8n to allow that address.',
		),
	);
	// Three retries take more than a second.
	expect(run.elapsedMs).toBeLessThan(1_000);
	expect(bench.control.requests()).toStrictEqual([]);
	expect(run.everything()).not.toContain(bench.moyasar.keys.secret);
});
