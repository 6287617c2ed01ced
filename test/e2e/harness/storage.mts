import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { N8n } from '../../../harness/n8n/n8n.mts';

const tablesSchema = z.array(z.object({ name: z.string() }));

/**
 * Locks n8n's database, so that n8n can read but not write.
 * @returns a function that unlocks it.
 */
export function lockDatabase(n8n: N8n): () => void {
	const database = open(n8n);
	database.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE');
	return () => {
		database.exec('ROLLBACK');
		database.close();
	};
}

/**
 * Searches n8n's log, its files and its database for a text.
 * @returns the names of the files and of the database tables that contain it; executions are rows of
 * "execution_data".
 */
export function placesOf(n8n: N8n, text: string): string[] {
	return [...tablesWith(n8n, text), ...filesWith(n8n, text)];
}

/** Replaces the static data of a workflow. n8n must not be running. */
export function storeStaticData(n8n: N8n, workflowId: string, staticData: string): void {
	using database = open(n8n);
	const { changes } = database
		.prepare('UPDATE workflow_entity SET staticData = ? WHERE id = ?')
		.run(staticData, workflowId);
	if (changes !== 1) throw new Error(`n8n has no workflow "${workflowId}".`);
}

/** Inserts a row into a table, by the names of its columns. n8n must not be running. */
export function insertRow(
	n8n: N8n,
	table: string,
	row: Record<string, string | number | null>,
): void {
	using database = open(n8n);
	const columns = Object.keys(row);
	const names = columns.map((column) => `"${column}"`).join(', ');
	const values = columns.map(() => '?').join(', ');
	database
		.prepare(`INSERT INTO "${table}" (${names}) VALUES (${values})`)
		.run(...Object.values(row));
}

/** Returns the ID of a workflow's current version. */
export function workflowVersion(n8n: N8n, workflowId: string): string {
	using database = open(n8n);
	const row = database
		.prepare('SELECT versionId FROM workflow_entity WHERE id = ?')
		.get(workflowId);
	return z.object({ versionId: z.string() }).parse(row).versionId;
}

function tablesWith(n8n: N8n, text: string): string[] {
	const database = open(n8n);
	try {
		return tablesSchema
			.parse(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all())
			.map(({ name }) => name)
			.filter((name) =>
				database
					.prepare(`SELECT * FROM "${name}"`)
					.all()
					.some((row) => Object.values(row).some((value) => String(value).includes(text))),
			);
	} finally {
		database.close();
	}
}

function filesWith({ userFolder }: N8n, text: string): string[] {
	return readdirSync(userFolder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.startsWith('database.sqlite'))
		.map(({ parentPath, name }) => join(parentPath, name))
		.filter((path) => !/[/](node_modules|[.]cache)[/]/.test(path))
		.filter((path) => readFileSync(path, 'latin1').includes(text));
}

function open({ userFolder }: N8n): DatabaseSync {
	return new DatabaseSync(join(userFolder, '.n8n', 'database.sqlite'));
}
