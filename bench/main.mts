/** `npm run bench`: the promises about speed, each measured side by side in this one run. */
import { join } from 'node:path';
import { N8n } from '../harness/n8n/n8n.mts';
import { measureDeliveries } from './deliveries.mts';
import { type Claim, holds, printed } from './measure.mts';
import { measurePayments } from './payments.mts';
import { measureRequests } from './requests.mts';
import { startSimulatorProcess } from './simulatorProcess.mts';
import { measureVerification } from './verification.mts';

const simulator = await startSimulatorProcess();
const n8n = await N8n.start({
	env: { N8N_CUSTOM_EXTENSIONS: join(import.meta.dirname, 'baseline') },
	onProgress: (message) => console.log(message),
});
const claims: Claim[] = [];
try {
	const credential = await n8n.api.createCredential('rsomPayApi', 'RsomPay', {
		environment: 'custom',
		baseUrl: simulator.apiBaseUrl,
		apiToken: simulator.apiToken,
		signingSecret: simulator.signingSecret,
		previousSigningSecret: '',
		signatureAlgorithm: 'sha256',
	});
	console.log('Measuring (about six minutes)');
	claims.push(await measureVerification());
	claims.push(...(await measureRequests(n8n, credential, simulator)));
	claims.push(...(await measurePayments(n8n, simulator)));
	claims.push(...(await measureDeliveries(n8n, credential, simulator.signingSecret)));
} finally {
	await n8n.stop();
	await simulator.stop();
}
console.log(`\nEach ratio is ours beside the other; the simulator answers after 50 ms.\n`);
for (const claim of claims) console.log(printed(claim));
process.exitCode = claims.every(holds) ? 0 : 1;
