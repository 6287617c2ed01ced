import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { until } from './n8n/until.mts';

/** An SMTP server on 127.0.0.1 that stores the mails it receives and forwards none. */
export interface MailServer {
	port: number;
	/** The mails received so far, oldest first. */
	mails(): ParsedMail[];
	/**
	 * Returns the first mail that matches, and waits for it if necessary.
	 * @param timeout in milliseconds.
	 * @throws Error when none arrives in time.
	 */
	waitForMail(matches: (mail: ParsedMail) => boolean, timeout?: number): Promise<ParsedMail>;
	/** Deletes the mails received so far. */
	clear(): void;
	/** Calls a function with every mail that arrives from now on. */
	onMail(listener: (mail: ParsedMail) => void): void;
	close(): Promise<void>;
}

/** Starts a mail server on a free port. It accepts mails without TLS and without a login. */
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
		waitForMail: async (matches, timeout) =>
			await until('an e-mail', () => mails.find(matches), timeout),
		clear: () => {
			mails.length = 0;
		},
		onMail: (listener) => {
			listeners.push(listener);
		},
		close: async () => await new Promise((resolve) => server.close(() => resolve())),
	};
}

/** Formats a mail as a few lines: sender and recipients, subject, text. */
export function describeMail({ from, to, subject, text = '' }: ParsedMail): string {
	const recipients = [to ?? []].flat().map((address) => address.text);
	return [
		`From ${from?.text ?? ''} to ${recipients.join(', ')}: "${subject ?? ''}"`,
		...text.trim().split('\n'),
	]
		.filter((line) => line !== '')
		.join('\n');
}
