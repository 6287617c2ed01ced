/**
 * The environment variables that n8n-core reads when it is loaded. Import this before n8n.
 *
 * n8n-core writes an encryption key into its user folder, so each test file has a temporary one.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const userFolder = mkdtempSync(join(tmpdir(), 'rsompay-engine-'));

process.env.N8N_USER_FOLDER = userFolder;
process.env.N8N_LOG_LEVEL = 'debug';

// A test of one second takes several on a busy machine.
jest.setTimeout(30_000);

afterAll(() => rmSync(userFolder, { recursive: true, force: true }));
