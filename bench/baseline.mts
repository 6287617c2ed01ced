import { join } from 'node:path';

/** The environment variables that make n8n load the nodes of `baseline`. */
export const BASELINE = { N8N_CUSTOM_EXTENSIONS: join(import.meta.dirname, 'baseline') };
