import { smtpData } from '../../../harness/credentials.mts';
import { type MailServer, startMailServer } from '../../../harness/mail.mts';
import type { Credential } from '../../../harness/n8n/api.mts';
import type { TestBed } from './testBed.mts';

/** A mail server for the tests of one file. */
export interface TestMail {
	readonly server: MailServer;
	/** n8n's SMTP credential for it. */
	readonly credential: Credential;
}

/** Starts a mail server before the tests of a file. It has no mails before each test. */
export function useMail(testBed: TestBed): TestMail {
	const started = new AsyncDisposableStack();
	let server: MailServer;
	let credential: Credential;

	beforeAll(async () => {
		server = await startMailServer();
		started.defer(async () => await server.close());
		const { api } = testBed.n8n;
		credential = await api.createCredential('smtp', 'SMTP account', smtpData(server.port));
	});
	beforeEach(() => server.clear());
	afterAll(async () => await started.disposeAsync());

	return {
		get server() {
			return server;
		},
		get credential() {
			return credential;
		},
	};
}
