/**
 * What n8n-core reads from the process when it is loaded. Import this before anything of n8n.
 *
 * n8n-core writes an encryption key into its user folder, hence a temporary one a test file.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const userFolder = mkdtempSync(join(tmpdir(), 'rsompay-engine-'));

process.env.N8N_USER_FOLDER = userFolder;
process.env.N8N_LOG_LEVEL = 'debug';

// What takes a second takes several on a machine that has other things to do.
jest.setTimeout(30_000);

afterAll(() => rmSync(userFolder, { recursive: true, force: true }));
