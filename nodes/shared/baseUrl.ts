import { z } from 'zod';

/**
 * The base URL of an API, trimmed and without trailing slashes. It has no query, fragment or user
 * name: errors show it, and paths are appended to it.
 */
export const baseUrlSchema = z
	.string()
	.trim()
	.regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/i)
	.transform((url) => url.replace(/\/+$/, ''));
