import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './n8n/n8n.mts';
import { until } from './n8n/until.mts';

/** A Postgres on 127.0.0.1 with an empty database. It ends with the process that started it. */
export interface Postgres {
	/** The environment variables that make n8n store its data in it. */
	env: Record<string, string>;
	stop(): Promise<void>;
}

/**
 * Starts a Postgres in a temporary folder.
 * @returns undefined where Postgres is not installed (on Debian `apt-get install postgresql`).
 * @throws Error when it does not start.
 */
export async function startPostgres(): Promise<Postgres | undefined> {
	const programs = findPrograms();
	if (programs === undefined) return undefined;
	// Postgres does not run as root; its Debian package brings a user for it.
	const user = process.getuid?.() === 0 ? postgresUser() : undefined;
	const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
	if (user !== undefined) chownSync(folder, user.uid, user.gid);
	const data = join(folder, 'data');
	const options = { cwd: folder, ...user };
	const initialize = ['-D', data, '-U', 'n8n', '-A', 'trust', '--no-locale', '--no-sync'];
	execFileSync(join(programs, 'initdb'), initialize, { ...options, stdio: 'ignore' });
	const port = String(await freePort());
	const server = spawn(
		join(programs, 'postgres'),
		['-D', data, '-h', '127.0.0.1', '-p', port, '-k', folder],
		{ ...options, stdio: ['ignore', 'ignore', 'pipe'] },
	);
	const exited = once(server, 'exit');
	const abandon = () => {
		server.kill('SIGKILL');
		rmSync(folder, { recursive: true, force: true });
	};
	process.once('exit', abandon);
	let log = '';
	server.stderr.on('data', (text) => (log += String(text)));
	await until('Postgres to start', () => {
		if (server.exitCode !== null) throw new Error(`Postgres did not start:\n${log}`);
		return log.includes('ready to accept connections') || undefined;
	});
	return {
		env: {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: port,
			DB_POSTGRESDB_USER: 'n8n',
			DB_POSTGRESDB_DATABASE: 'postgres',
		},
		stop: async () => {
			process.off('exit', abandon);
			server.kill('SIGINT');
			await exited;
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** The folder of initdb; Debian does not have it on the PATH. */
function findPrograms(): string | undefined {
	const onPath = (process.env.PATH ?? '').split(delimiter);
	return [...onPath, ...globSync('/usr/lib/postgresql/*/bin')].find((folder) =>
		existsSync(join(folder, 'initdb')),
	);
}

function postgresUser(): { uid: number; gid: number } {
	const id = (option: string) =>
		Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
	return { uid: id('-u'), gid: id('-g') };
}
