import { z } from 'zod';

/**
 * The address of an API, without its trailing slashes. Nothing but an address: it is shown in
 * errors, and paths are put behind it.
 */
export const addressSchema = z
	.string()
	.trim()
	.regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/i)
	.transform((url) => url.replace(/\/+$/, ''));
