import { chain } from '../../harness/workflows.mts';
import { moyasarNode, useMoyasar } from './harness/moyasar.mts';
import { containing, useTestBed } from './harness/testBed.mts';
import { manualStart } from './harness/workflows.mts';

// It blocks requests to 127.0.0.1.
const testBed = useTestBed({ N8N_SSRF_PROTECTION_ENABLED: 'true' });
const moyasar = useMoyasar(testBed);

const QUOTE =
	'n8n said: The request was blocked because it resolves to a restricted IP address (http://127.0.0.1:';

const ADVICE = 'or ask the administrator of this n8n to allow that address.';

test("the RsomPay node quotes n8n's SSRF protection", async () => {
	const { error } = await testBed.run({
		resource: 'invoice',
		operation: 'get',
		reference: 'INV-PARTNER-001',
	});

	expect(error).toMatchObject({
		message: 'n8n could not send the request to RsomPay [Item 0]',
		description: containing(QUOTE),
		failure: { cause: 'configuration-invalid' },
	});
	expect(error?.description).toContain(ADVICE);
	expect(testBed.simulator.control.requests()).toStrictEqual([]);
});

test('so does the Moyasar node', async () => {
	const list = moyasarNode({ resource: 'payment', operation: 'getAll', returnAll: true });
	const id = await testBed.n8n.api.importWorkflow(chain(...manualStart(), list), [
		moyasar.credential,
	]);

	const { error } = await testBed.n8n.api.runManually(id, 'Manual Trigger');

	expect(error).toMatchObject({
		message: 'n8n could not send the request to Moyasar [Item 0]',
		description: containing(QUOTE),
		failure: { cause: 'configuration-invalid' },
	});
});

test('so does the test of a credential', async () => {
	expect(
		await testBed.n8n.api.testCredential(moyasar.credential, moyasar.credentialData()),
	).toMatchObject({ status: 'Error', message: containing('restricted IP address') });
});
