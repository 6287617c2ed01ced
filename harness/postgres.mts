import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './n8n/n8n.mts';
import { findProgram } from './programs.mts';
import { Server } from './server.mts';

/** A Postgres on 127.0.0.1 with an empty database. It ends with the process that started it. */
export interface Postgres {
	/** The environment variables that make n8n store its data in it. */
	env: Record<string, string>;
	/** To end it for a while. */
	server: Server;
	/** Returns the rows of a query, each with its values as text. */
	query(sql: string): Promise<string[][]>;
	stop(): Promise<void>;
}

/**
 * Starts a Postgres in a temporary folder.
 * @throws Error when it is not installed or does not start.
 */
export async function startPostgres(): Promise<Postgres> {
	const initdb = findProgram('initdb', 'postgresql');
	// Postgres does not run as root; its Debian package brings a user for it.
	const user = process.getuid?.() === 0 ? postgresUser() : undefined;
	const cwd = mkdtempSync(join(tmpdir(), 'postgres-'));
	if (user !== undefined) chownSync(cwd, user.uid, user.gid);
	const data = join(cwd, 'data');
	const initialize = ['-D', data, '-U', 'n8n', '-A', 'trust', '--no-locale', '--no-sync'];
	execFileSync(initdb, initialize, { cwd, ...user, stdio: 'ignore' });
	const port = await freePort();
	const server = await Server.start({
		program: join(dirname(initdb), 'postgres'),
		args: ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', cwd],
		port,
		readyText: 'ready to accept connections',
		cwd,
		user,
	});
	const address = ['-h', '127.0.0.1', '-p', String(port), '-U', 'n8n', '-d', 'postgres'];
	return {
		env: {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(port),
			DB_POSTGRESDB_USER: 'n8n',
			DB_POSTGRESDB_DATABASE: 'postgres',
		},
		server,
		query: async (sql) => {
			const { stdout } = await promisify(execFile)(findProgram('psql', 'postgresql-client'), [
				...address,
				'-AtF',
				'\t',
				'-c',
				sql,
			]);
			return stdout
				.split('\n')
				.slice(0, -1)
				.map((line) => line.split('\t'));
		},
		stop: async () => await server.stop(),
	};
}

function postgresUser(): { uid: number; gid: number } {
	const id = (option: string) =>
		Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
	return { uid: id('-u'), gid: id('-g') };
}
