import type { ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';
import { z } from 'zod';

import type { HttpResponse } from './http';

const TIMEOUT_MS = 15_000;

const responseSchema = z.object({ statusCode: z.number(), body: z.unknown() });

/** The request of a credential test. */
export interface TestRequest {
	baseUrl: string;
	/** Below the base URL, with a leading slash. */
	path: string;
	headers: Record<string, string>;
}

/**
 * Sends the request of a credential test.
 *
 * @returns the response, whatever its status
 * @throws what n8n's request helper throws when there was no response
 */
export async function sendTestRequest(
	{ helpers }: ICredentialTestFunctions,
	{ baseUrl, path, headers }: TestRequest,
): Promise<HttpResponse> {
	// The only request helper of a credential test. Its successor is not available there.
	const { request } = helpers;
	const { statusCode, body } = responseSchema.parse(
		await request({
			method: 'GET',
			baseURL: baseUrl,
			url: path,
			headers,
			json: true,
			timeout: TIMEOUT_MS,
			simple: false,
			resolveWithFullResponse: true,
			followRedirect: false,
		}),
	);
	return { status: statusCode, body };
}

export const testFailed = (message: string): INodeCredentialTestResult => ({
	status: 'Error',
	message,
});

/** @param message n8n's API returns it. The editor shows a sentence of its own in its place. */
export const testPassed = (message = 'Connection successful'): INodeCredentialTestResult => ({
	status: 'OK',
	message,
});
