import { mkdtempSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../n8n/n8n.mts';
import { findProgram } from '../programs.mts';
import { Server } from '../server.mts';

/** The configuration that the documentation shows. */
const DOCUMENTED = join(import.meta.dirname, '..', '..', 'docs', 'nginx.conf');

const HASH = /^\s*hash \$uri consistent;\n/m;

/** How nginx selects the webhook processor of a request. `first only` spares the second one. */
export type Balancing = 'round robin' | 'hash' | 'first only';

/** The ports of the processes of n8n behind it. */
export interface Ports {
	main: number;
	processors: readonly [number, number];
}

/** An nginx on 127.0.0.1 with the documented configuration. */
export class Nginx {
	/** Without a slash at the end. */
	readonly url: string;
	readonly server: Server;
	readonly #folder: string;
	readonly #ports: Ports;

	private constructor(port: number, folder: string, ports: Ports, server: Server) {
		this.url = `http://127.0.0.1:${port}`;
		this.#folder = folder;
		this.#ports = ports;
		this.server = server;
	}

	/**
	 * Starts an nginx with round robin in a temporary folder.
	 * @throws Error when it is not installed or does not start.
	 */
	static async start(ports: Ports): Promise<Nginx> {
		const program = findProgram('nginx', 'nginx-light');
		const port = await freePort();
		const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
		const configuration = join(folder, 'nginx.conf');
		await writeFile(configuration, surroundings());
		await writeFile(join(folder, 'n8n.conf'), await documented(port, ports, 'round robin'));
		const args = ['-p', folder, '-c', configuration, '-e', 'stderr'];
		const server = await Server.start({ program, args, port, cwd: folder });
		return new Nginx(port, folder, ports, server);
	}

	/** Restarts it with another way to select the processor. */
	async balance(balancing: Balancing): Promise<void> {
		const port = Number(new URL(this.url).port);
		await writeFile(join(this.#folder, 'n8n.conf'), await documented(port, this.#ports, balancing));
		await this.server.end();
		await this.server.start();
	}
}

/** The documented configuration with these ports. */
async function documented(nginx: number, ports: Ports, balancing: Balancing): Promise<string> {
	const [first, second] = ports.processors;
	const replacements = [
		['listen 80;', `listen 127.0.0.1:${nginx};`],
		['127.0.0.1:5678', `127.0.0.1:${ports.main}`],
		['127.0.0.1:5679', `127.0.0.1:${first}`],
		['127.0.0.1:5680', `127.0.0.1:${second}`],
	] as const;
	let text = await readFile(DOCUMENTED, 'utf8');
	for (const [from, to] of replacements) {
		if (!text.includes(from)) throw new Error(`docs/nginx.conf does not contain "${from}".`);
		text = text.replace(from, to);
	}
	if (!HASH.test(text)) throw new Error('docs/nginx.conf does not hash the address.');
	if (balancing === 'hash') return text;
	const balanced = text.replace(HASH, '');
	return balancing === 'round robin' ? balanced : balanced.replace(serverLine(second), '');
}

const serverLine = (port: number) => `\tserver 127.0.0.1:${port};\n`;

/** What Debian's nginx.conf has around the included file, with all paths in its own folder. */
function surroundings(): string {
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
	return `
daemon off;
# A worker process would outlive a killed master.
master_process off;
pid nginx.pid;
events { worker_connections 4096; }
http {
	access_log off;
	${temporary.map((name) => `${name}_temp_path ${name};`).join('\n\t')}
	include n8n.conf;
}
`;
}
