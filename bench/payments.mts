import { Agent } from 'node:http';
import axios from 'axios';
import pLimit from 'p-limit';
import { z } from 'zod';
import { moyasarData } from '../harness/credentials.mts';
import type { N8n } from '../harness/n8n/n8n.mts';
import { alternate, type Comparison, elapsed, median, OURS } from './measure.mts';
import { PAYMENTS, type SimulatorAddress } from './simulatorProcess.mts';
import { actionOf, itemsWorkflow } from './workflows.mts';

const CONCURRENCY = 20;

const ROUNDS = 9;

const pageSchema = z.object({
	payments: z.array(z.unknown()),
	meta: z.object({ total_pages: z.number() }),
});

/** Compares listing all of Moyasar's payments through n8n with plain axios, concurrent and sequential. */
export async function measurePayments(
	n8n: N8n,
	simulator: SimulatorAddress,
): Promise<Comparison[]> {
	const { baseUrl, keys } = simulator.moyasar;
	const data = moyasarData(simulator.moyasar);
	const credential = await n8n.api.createCredential('moyasarApi', 'Moyasar account', data);
	const ours = await itemsWorkflow(
		n8n,
		1,
		actionOf('n8n-nodes-moyasar.moyasar', credential, {
			resource: 'payment',
			operation: 'getAll',
			returnAll: true,
			simplify: false,
		}),
	);
	const plain = axios.create({
		baseURL: baseUrl,
		auth: { username: keys.secret, password: '' },
		headers: { 'User-Agent': 'benchmark' },
		httpAgent: new Agent({ keepAlive: true }),
		proxy: false,
	});
	const readAll = (concurrency: number) => async () =>
		await elapsed(async () => {
			const readPage = async (page: number) =>
				pageSchema.parse((await plain.get<unknown>('/payments', { params: { page } })).data);
			const limit = pLimit(concurrency);
			const first = await readPage(1);
			const rest = await Promise.all(
				Array.from({ length: first.meta.total_pages - 1 }, (_, index) =>
					limit(async () => await readPage(index + 2)),
				),
			);
			const count = [first, ...rest].reduce((sum, { payments }) => sum + payments.length, 0);
			if (count !== PAYMENTS) throw new Error(`axios read ${count} payments`);
		});
	const times = await alternate(ROUNDS, {
		ours: async () => await ours(PAYMENTS),
		concurrent: readAll(CONCURRENCY),
		sequential: readAll(1),
	});
	const took = median(times.ours);
	const compare = (what: string, other: number, limit: Comparison['limit']): Comparison => ({
		what: `${PAYMENTS} payments, compared with plain axios ${what}`,
		measured: `${took.toFixed(0)} ms, axios ${other.toFixed(0)} ms (${(other / took).toFixed(1)} times as long)`,
		ratio: took / other,
		limit,
		bars: {
			title: `${PAYMENTS} payments, in ms`,
			lengths: { [OURS]: took, [`plain axios ${what}`]: other },
		},
	});
	return [
		compare('at the same concurrency', median(times.concurrent), { atMost: 1.25 }),
		compare('reading page after page', median(times.sequential), { atMost: 1 / 8 }),
	];
}
