import type { IWebhookFunctions } from 'n8n-workflow';

import { reject } from './respond';
import { parseEvent, type RsomPayEvent } from './events';
import { SecretsCache, type SigningSecrets, signingSecretsOf } from './signingSecrets';
import { type SignatureResult, verifySignature } from './signature';

/** The header that carries the signature. API guide: 7.5. */
const SIGNATURE_HEADER = 'x-rsom-signature';

const secretsCache = new SecretsCache();

/**
 * Reads the event of a webhook, after verifying it. Fails closed: what cannot be verified is
 * answered with 401, or 503 where there is no secret; what is no event, with 400.
 * API guide: 7 (webhooks).
 *
 * @returns the event, or `undefined` when the webhook has been answered
 */
export async function readVerifiedEvent(
	context: IWebhookFunctions,
): Promise<RsomPayEvent | undefined> {
	const rawBody = await readRawBody(context);
	const { credentials } = context.getNode();
	const verdict = await verify(context, rawBody, credentials?.rsomPayApi?.id ?? '');
	if (verdict === undefined) {
		reject(context, 503, 'The signing secret could not be read');
		return undefined;
	}
	if (!verdict.verified) {
		if (verdict.reason === 'no signing secret') {
			reject(context, 503, 'The RsomPay credential has no signing secret');
		} else {
			reject(context, 401, `The webhook could not be verified: ${verdict.reason}`);
		}
		return undefined;
	}
	const event = parseEvent(rawBody);
	if (!event) reject(context, 400, 'The body is not an event of RsomPay');
	return event;
}

async function readRawBody(context: IWebhookFunctions): Promise<Uint8Array> {
	const request = context.getRequestObject();
	// n8n has read the body already unless its content type is one that it leaves alone.
	if (!request.rawBody && !request.readableEnded) await request.readRawBody();
	return request.rawBody ?? new Uint8Array();
}

async function verify(
	context: IWebhookFunctions,
	rawBody: Uint8Array,
	credentialId: string,
): Promise<SignatureResult | undefined> {
	const read = async () => signingSecretsOf(await context.getCredentials('rsomPayApi'));
	const header = context.getHeaderData()[SIGNATURE_HEADER];
	const verifyWith = ({ secrets, algorithm }: SigningSecrets) =>
		verifySignature({ rawBody, header, secrets, algorithm });
	try {
		const result = verifyWith(await secretsCache.get(credentialId, read));
		if (result.verified) return result;
		// The secret may have been changed a moment ago.
		return verifyWith(await secretsCache.refresh(credentialId, read));
	} catch (error) {
		context.logger.warn('The RsomPay credential could not be read', {
			reason: error instanceof Error ? error.message : String(error),
		});
		return undefined;
	}
}
