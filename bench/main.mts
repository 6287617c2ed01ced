/** `npm run bench`: measures the promises about speed, each side by side in this one run. */
import { join } from 'node:path';
import { rsomPayData } from '../harness/credentials.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { measureDeliveries } from './deliveries.mts';
import { measureLoadTimes } from './loadTime.mts';
import { type Comparison, format, isWithinLimit } from './measure.mts';
import { measurePayments } from './payments.mts';
import { measureRequests } from './requests.mts';
import { startSimulatorProcess } from './simulatorProcess.mts';
import { measureVerification } from './verification.mts';

const simulator = await startSimulatorProcess();
const n8n = await N8n.start({
	env: { N8N_CUSTOM_EXTENSIONS: join(import.meta.dirname, 'baseline') },
	onProgress: (message) => console.log(message),
});
const comparisons: Comparison[] = [];
try {
	const data = rsomPayData(simulator);
	const credential = await n8n.api.createCredential('rsomPayApi', 'RsomPay account', data);
	console.log('Measuring (about six minutes)');
	comparisons.push(await measureVerification());
	comparisons.push(...(await measureRequests(n8n, credential, simulator)));
	comparisons.push(...(await measurePayments(n8n, simulator)));
	comparisons.push(...(await measureDeliveries(n8n, credential, simulator.signingSecret)));
} finally {
	await n8n.stop();
	await simulator.stop();
}
console.log(`\nEach ratio is ours divided by the other; the simulator responds after 50 ms.\n`);
for (const comparison of comparisons) console.log(format(comparison));
for (const line of await measureLoadTimes()) console.log(line);
process.exitCode = comparisons.every(isWithinLimit) ? 0 : 1;
