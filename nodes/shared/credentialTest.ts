import type { ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';
import { z } from 'zod';

import type { HttpAnswer } from './http';

const TIMEOUT_MS = 15_000;

const answerSchema = z.object({ statusCode: z.number(), body: z.unknown() });

/** What a credential's "Test" asks. */
export interface TestRequest {
	baseUrl: string;
	/** Below the base URL, with its leading slash. */
	path: string;
	headers: Record<string, string>;
}

/**
 * Sends the one request of a credential's "Test".
 *
 * @returns the answer, whatever its status
 * @throws what n8n's request helper throws when there was none
 */
export async function askForTest(
	{ helpers }: ICredentialTestFunctions,
	{ baseUrl, path, headers }: TestRequest,
): Promise<HttpAnswer> {
	// The one request helper that n8n gives to a credential test; its successor is not there.
	const { request } = helpers;
	const { statusCode, body } = answerSchema.parse(
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

export const testPassed: INodeCredentialTestResult = {
	status: 'OK',
	message: 'Connection successful',
};
