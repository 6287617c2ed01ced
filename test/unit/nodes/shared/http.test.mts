import fc from 'fast-check';

import { whyNoAnswer } from '../../../../nodes/shared/http.ts';

const failure = (code: string) => Object.assign(new Error('failed'), { code });

describe('whyNoAnswer', () => {
	test.each([
		['ENOTFOUND', 'There is no server of that name'],
		['EAI_AGAIN', 'The name of the server could not be looked up'],
		['ECONNREFUSED', 'Nothing listens at that address'],
		['ECONNRESET', 'The connection was closed before an answer came'],
		['EPIPE', 'The connection was closed before an answer came'],
		['ECONNABORTED', 'No answer came in time'],
		['ETIMEDOUT', 'No answer came in time'],
		['EHOSTUNREACH', 'There is no way to that address from here'],
		['ENETUNREACH', 'There is no way to that address from here'],
		[
			'DEPTH_ZERO_SELF_SIGNED_CERT',
			'Its certificate was not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)',
		],
		[
			'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
			'Its certificate was not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
		],
		[
			'ERR_TLS_CERT_ALTNAME_INVALID',
			'Its certificate was not accepted (ERR_TLS_CERT_ALTNAME_INVALID)',
		],
		['HPE_INVALID_CONSTANT', 'The connection broke down (HPE_INVALID_CONSTANT)'],
	])('puts %s into words', (code, sentence) => {
		expect(whyNoAnswer(failure(code))).toBe(sentence);
	});

	test('finds the code below what n8n wraps around it', () => {
		let error: Error = failure('ECONNREFUSED');
		for (let layer = 0; layer < 3; layer++) error = new Error('wrapped', { cause: error });

		expect(whyNoAnswer(error)).toBe('Nothing listens at that address');
	});

	test('takes the outermost code', () => {
		const error = Object.assign(failure('ETIMEDOUT'), { cause: failure('ECONNRESET') });

		expect(whyNoAnswer(error)).toBe('No answer came in time');
	});

	test('tells nothing of the message, which may hold the token', () => {
		const error = Object.assign(failure('ECONNRESET'), { message: 'Bearer secret-token' });

		expect(whyNoAnswer(error)).not.toContain('secret-token');
		expect(whyNoAnswer(new Error('Bearer secret-token'))).toBe('The request could not be sent');
	});

	test('has a sentence for anything', () => {
		const circular = new Error('circular');
		circular.cause = circular;
		expect(whyNoAnswer(circular)).toBe('The request could not be sent');
		fc.assert(
			fc.property(fc.anything(), (error) => {
				expect(whyNoAnswer(error)).toMatch(/^[A-Z].*[^.]$/s);
			}),
		);
	});
});
