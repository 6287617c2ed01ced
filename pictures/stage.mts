import type { BrowserContextOptions, Page } from 'playwright-core';
import { moyasarData, rsomPayData, smtpData } from '../harness/credentials.mts';
import { Editor } from '../harness/editor.mts';
import { type MailServer, startMailServer } from '../harness/mail.mts';
import type { Credential } from '../harness/n8n/api.mts';
import { N8n } from '../harness/n8n/n8n.mts';
import { type Simulator, startSimulator } from '../simulator/index.mts';
import { launch } from '../harness/chromium.mts';
import type { Theme } from './list.mts';

/** What pictures are taken of. */
export interface Stage {
	n8n: N8n;
	simulator: Simulator;
	mail: MailServer;
	/** Opens n8n's editor in a browser of its own. */
	openEditor: (options: EditorOptions) => Promise<Editor>;
	/** Opens a browser as a customer has it. */
	openCustomer: (locale: string) => Promise<Page>;
}

export interface EditorOptions {
	theme: Theme;
	/** The size of the window. */
	width: number;
	height: number;
}

/** Where an n8n with a domain of its own says that its webhooks are. */
const WEBHOOK_URL = 'https://n8n.example.com/';

const TIME_ZONE = 'Asia/Riyadh';

/** A phone. */
const PHONE = { width: 390, height: 600 };

/** Credentials of services that nothing calls. */
const OTHERS: ReadonlyArray<[type: string, name: string, data: Record<string, string>]> = [
	['openAiApi', 'OpenAI account', { apiKey: 'none' }],
	['whatsAppApi', 'WhatsApp account', { accessToken: 'none', businessAccountId: 'none' }],
	['googleSheetsOAuth2Api', 'Google Sheets account', { clientId: 'none', clientSecret: 'none' }],
];

/**
 * Starts n8n with both packages, the simulator, a mail server and a browser.
 * @param started closes them all.
 */
export async function setStage(
	started: AsyncDisposableStack,
	report: (line: string) => void,
): Promise<Stage> {
	const simulator = await startSimulator({ webhookDelayMs: 0 });
	started.defer(() => simulator.close());
	const mail = await startMailServer();
	started.defer(() => mail.close());
	const env = { N8N_DISABLE_UI: 'false', GENERIC_TIMEZONE: TIME_ZONE };
	const n8n = started.use(await N8n.start({ env, onProgress: report }));
	const browser = await launch();
	started.defer(() => browser.close());

	const openPage = async (options: BrowserContextOptions) => {
		const context = await browser.newContext({
			locale: 'en-US',
			timezoneId: TIME_ZONE,
			reducedMotion: 'reduce',
			...options,
		});
		return await context.newPage();
	};
	return {
		n8n,
		simulator,
		mail,
		openEditor: async ({ theme, ...viewport }) => {
			const page = await openPage({ viewport, colorScheme: theme });
			await showPublicUrls(page);
			return await Editor.open(page, n8n.url);
		},
		openCustomer: async (locale) => await openPage({ viewport: PHONE, locale }),
	};
}

/** Creates a credential of each type that the examples use. */
export async function createCredentials({
	n8n: { api },
	simulator,
	mail,
}: Stage): Promise<Credential[]> {
	const credentials = [
		await api.createCredential('rsomPayApi', 'RsomPay account', rsomPayData(simulator)),
		await api.createCredential('moyasarApi', 'Moyasar account', moyasarData(simulator.moyasar)),
		await api.createCredential('smtp', 'SMTP account', smtpData(mail.port)),
	];
	for (const [type, name, data] of OTHERS) {
		credentials.push(await api.createCredential(type, name, data));
	}
	return credentials;
}

/**
 * Makes the editor show URLs of a public n8n. n8n itself gives RsomPay those of 127.0.0.1, because the
 * simulator calls them.
 */
async function showPublicUrls(page: Page): Promise<void> {
	await page.route('**/rest/settings', async (route) => {
		const response = await route.fetch();
		const body = (await response.text()).replace(
			/("urlBaseWebhook(?:Test)?":)"[^"]*"/g,
			`$1"${WEBHOOK_URL}"`,
		);
		await route.fulfill({ response, body });
	});
}
