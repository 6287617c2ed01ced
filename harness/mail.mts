import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { until } from './n8n/until.mts';

/** An SMTP server on 127.0.0.1 that keeps what it is sent and passes nothing on. */
export interface MailServer {
	port: number;
	/** The mails so far, oldest first. */
	mails(): ParsedMail[];
	/**
	 * The first mail, come or to come, that fits.
	 * @param timeout in milliseconds.
	 * @throws Error when none has come in time.
	 */
	waitForMail(fits: (mail: ParsedMail) => boolean, timeout?: number): Promise<ParsedMail>;
	/** Forgets the mails so far. */
	clear(): void;
	/** Calls a function with every mail that comes from now on. */
	onMail(listener: (mail: ParsedMail) => void): void;
	close(): Promise<void>;
}

/** Starts a mail server on a free port. It takes mails without TLS and without a login. */
export async function startMailServer(): Promise<MailServer> {
	const mails: ParsedMail[] = [];
	const listeners: Array<(mail: ParsedMail) => void> = [];
	const server = new SMTPServer({
		authOptional: true,
		disabledCommands: ['AUTH', 'STARTTLS'],
		disableReverseLookup: true,
		onData(stream, _session, callback) {
			simpleParser(stream).then(
				(mail) => {
					mails.push(mail);
					callback();
					listeners.forEach((listener) => listener(mail));
				},
				(error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
			);
		},
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const { port } = server.server.address() as AddressInfo;
	return {
		port,
		mails: () => [...mails],
		waitForMail: async (fits, timeout) => await until('an e-mail', () => mails.find(fits), timeout),
		clear: () => {
			mails.length = 0;
		},
		onMail: (listener) => {
			listeners.push(listener);
		},
		close: async () => await new Promise((resolve) => server.close(() => resolve())),
	};
}

/** A mail in a few lines: who it is from and to, its subject, its text. */
export function describeMail({ from, to, subject, text = '' }: ParsedMail): string {
	const recipients = [to ?? []].flat().map((address) => address.text);
	return [
		`From ${from?.text ?? ''} to ${recipients.join(', ')}: "${subject ?? ''}"`,
		...text.trim().split('\n'),
	]
		.filter((line) => line !== '')
		.join('\n');
}
