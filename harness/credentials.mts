import type { Moyasar, Simulator } from '../simulator/index.mts';

/** Fields of a credential. */
export type CredentialData = Record<string, string>;

/** The fields of the `rsomPayApi` credential for a simulator. */
export const rsomPayData = ({
	apiBaseUrl,
	apiToken,
	signingSecret,
}: Pick<Simulator, 'apiBaseUrl' | 'apiToken' | 'signingSecret'>): CredentialData => ({
	environment: 'custom',
	baseUrl: apiBaseUrl,
	apiToken,
	signingSecret,
});

/** The fields of the `moyasarApi` credential for a simulator. */
export const moyasarData = ({
	baseUrl,
	keys,
}: Pick<Moyasar, 'baseUrl'> & { keys: { secret: string } }): CredentialData => ({
	baseUrl,
	secretKey: keys.secret,
});

/** The fields of n8n's own `smtp` credential for a mail server on 127.0.0.1. */
export const smtpData = (port: number) => ({
	host: '127.0.0.1',
	port,
	secure: false,
	disableStartTls: true,
});
