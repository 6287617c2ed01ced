import { rsomPayData } from '../harness/credentials.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { BASELINE } from './baseline.mts';
import { measureDeliveries } from './deliveries.mts';
import type { Comparison } from './measure.mts';
import { measurePayments } from './payments.mts';
import { bytesWritten, cpuTime } from './procfs.mts';
import { measureRequests } from './requests.mts';
import { startSimulatorProcess } from './simulatorProcess.mts';

/** Measures requests and deliveries in one process of n8n on sqlite. */
export async function measureOnSqlite(report: (line: string) => void): Promise<Comparison[]> {
	await using started = new AsyncDisposableStack();
	const simulator = await startSimulatorProcess();
	started.defer(async () => await simulator.stop());
	const n8n = started.use(await N8n.start({ env: BASELINE, onProgress: report }));
	const data = rsomPayData(simulator);
	const credential = await n8n.api.createCredential('rsomPayApi', 'RsomPay account', data);
	report('Measuring requests (about two minutes)');
	const requests = [
		...(await measureRequests(n8n, credential, simulator)),
		...(await measurePayments(n8n, simulator)),
	];
	report('Measuring deliveries (about five minutes)');
	const deliveries = await measureDeliveries({
		n8n,
		database: 'sqlite',
		meters: {
			cpuTime: () => cpuTime([n8n.pid]),
			bytesWritten: () => bytesWritten(n8n.pid),
		},
		bytes: 'bytes that n8n writes, responses included,',
	});
	return [...requests, ...deliveries];
}
