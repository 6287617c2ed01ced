import type { IWebhookFunctions } from 'n8n-workflow';

import { parseEvent, type RsomPayEvent } from './events';
import { reject, type WebhookReply } from './respond';
import { type SignatureResult, verifySignature } from './signature';
import { SecretsCache, type SigningSecrets, signingSecretsOf } from './signingSecrets';

/** The header that contains the signature. API guide: 7.5. */
const SIGNATURE_HEADER = 'x-rsom-signature';

const secretsCache = new SecretsCache();

/** A verified event, or the reply to a webhook that is none. */
export type VerifiedEvent = { event: RsomPayEvent } | { rejection: WebhookReply };

/**
 * Verifies a webhook and parses its event. Fails closed. API guide: 7 (webhooks).
 *
 * @returns the event, or the rejection: 401 for a signature that does not verify, 503 without a signing
 * secret, 400 for a verified body that is no event
 */
export async function readVerifiedEvent(context: IWebhookFunctions): Promise<VerifiedEvent> {
	const rawBody = await readRawBody(context);
	const { credentials } = context.getNode();
	const result = await verify(context, rawBody, credentials?.rsomPayApi?.id ?? '');
	if (result === undefined) {
		return { rejection: reject(503, 'The signing secret could not be read') };
	}
	if (!result.verified) {
		return {
			rejection:
				result.reason === 'no signing secret'
					? reject(503, 'The RsomPay credential has no signing secret')
					: reject(401, `The webhook could not be verified: ${result.reason}`),
		};
	}
	const event = parseEvent(rawBody);
	return event ? { event } : { rejection: reject(400, 'The body is not an event of RsomPay') };
}

async function readRawBody(context: IWebhookFunctions): Promise<Uint8Array> {
	const request = context.getRequestObject();
	// n8n reads the body of some content types only.
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
		// The user may have changed the secret since it was cached.
		return verifyWith(await secretsCache.refresh(credentialId, read));
	} catch (error) {
		context.logger.warn('The RsomPay credential could not be read', {
			reason: error instanceof Error ? error.message : String(error),
		});
		return undefined;
	}
}
