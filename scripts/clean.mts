/**
 * `npm run clean`: removes what the commands have stored on this machine (versions of n8n, its database
 * driver, an unpacked Chromium, what stopped installations have left behind) and what was built.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cacheFolder, emptyCache, type Removed, sizeOf, usersOfCache } from '../harness/cache.mts';
import { formatBytes } from '../harness/format.mts';

const repository = resolve(import.meta.dirname, '..');
const BUILT = ['dist', 'moyasar/dist', 'moyasar/LICENSE.md'];

const users = await usersOfCache();
if (users.length > 0) {
	console.error(
		`Nothing was removed: ${cacheFolder()} is in use. End the demo, the tests or the measurement first (process ${users.join(', ')}). If that process is something else, delete the folder yourself.`,
	);
	process.exit(1);
}
const removed = [...(await emptyCache()), ...(await removeBuilt())];
for (const { name, bytes } of removed) console.log(`${formatBytes(bytes).padStart(8)}  ${name}`);
const total = removed.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(
	`${formatBytes(total).padStart(8)}  freed. npm's own cache stays: "npm cache clean --force" empties it.`,
);

async function removeBuilt(): Promise<Removed[]> {
	const there = BUILT.filter((name) => existsSync(join(repository, name)));
	const found = there.map((name) => ({ name, bytes: sizeOf(join(repository, name)) }));
	for (const name of there) await rm(join(repository, name), { recursive: true });
	return found;
}
