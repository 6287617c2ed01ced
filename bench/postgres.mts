import { N8n } from '../harness/n8n/n8n.mts';
import { type Postgres, startPostgres } from '../harness/postgres.mts';
import { BASELINE } from './baseline.mts';
import { measureDeliveries } from './deliveries.mts';
import type { Comparison } from './measure.mts';
import { cpuTime } from './procfs.mts';

/** What `walBytes` counts, for people. */
export const WAL = 'bytes of the WAL of Postgres';

/** The bytes that Postgres has written to its write-ahead log: every change of its tables. */
export async function walBytes(postgres: Postgres): Promise<number> {
	const sql = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')";
	const [[bytes] = []] = await postgres.query(sql);
	return Number(bytes);
}

/**
 * Measures deliveries in one process of n8n on Postgres.
 * @throws Error when a program is missing or does not start.
 */
export async function measureOnPostgres(report: (line: string) => void): Promise<Comparison[]> {
	await using started = new AsyncDisposableStack();
	const postgres = await startPostgres();
	started.defer(async () => await postgres.stop());
	const n8n = started.use(
		await N8n.start({
			env: { ...postgres.env, ...BASELINE, DB_POSTGRESDB_POOL_SIZE: '10' },
			onProgress: report,
		}),
	);
	report('Measuring deliveries to one process on Postgres (about five minutes)');
	return await measureDeliveries({
		n8n,
		database: 'Postgres',
		meters: {
			cpuTime: () => cpuTime([n8n.pid]),
			bytesWritten: async () => await walBytes(postgres),
		},
		bytes: WAL,
	});
}
