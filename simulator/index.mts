/**
 * A simulator of RsomPay and Moyasar to build and test against: RsomPay's API, payment pages and
 * webhooks, Moyasar's payments.
 */
import { randomInt } from 'node:crypto';
import { Faults } from './shared/faults.mts';
import { createServer } from './shared/http.mts';
import { seededIds } from './shared/ids.mts';
import { RequestLog } from './shared/request-log.mts';
import { WebhookSender } from './shared/webhook-sender.mts';
import { addMoyasar } from './moyasar/index.mts';
import { addApi, API_PATH } from './rsompay/api.mts';
import { addControl } from './rsompay/control-routes.mts';
import { createControl, settleInvoice } from './rsompay/control.mts';
import { Merchant } from './rsompay/merchant.mts';
import { addPaymentPages, paymentPath } from './rsompay/payment-routes.mts';
import { applySettings, DEFAULT_SETTINGS } from './rsompay/settings.mts';
import type { Settings, Simulator, SimulatorOptions } from './rsompay/types.mts';

export type * from './moyasar/types.mts';
export type * from './rsompay/types.mts';
export type { Delivery, DeliveryRequest, DeliveryResponse } from './shared/webhook-sender.mts';
export type { Fault, FaultMatch, RequestFault, WebhookFault } from './shared/faults.mts';
export type { ReceivedRequest } from './shared/request-log.mts';
export type { SignatureFormat } from './shared/signature.mts';
export type { Language } from './rsompay/messages.mts';
export type { EventFacts } from './rsompay/events.mts';
export { parseFault } from './shared/faults.mts';
export { phpJson } from './shared/php-json.mts';
export { signBody } from './shared/signature.mts';
export { buildEvent } from './rsompay/events.mts';
export { exampleEvent, exampleInvoiceRequest } from './rsompay/example.mts';

const SIGNATURE_HEADER = 'X-Rsom-Signature';

/**
 * Starts a simulator on 127.0.0.1.
 *
 * @throws if the port is in use.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	// Random by default: a receiver would dedupe event IDs that repeat from run to run.
	const {
		port = 0,
		seed = randomInt(2 ** 31),
		clock = () => new Date(),
		apiToken,
		...givenSettings
	} = options;
	const secrets = seededIds(seed, 'secrets');
	const tokens = {
		valid: apiToken ?? `rsom-token-${secrets.hex(32)}`,
		wrongType: 'rsom-token-of-a-wrong-type',
		suspended: 'rsom-token-of-a-suspended-client',
	};
	const settings: Settings = {
		...DEFAULT_SETTINGS,
		signingSecret: `rsom-secret-${secrets.hex(32)}`,
	};
	applySettings(settings, givenSettings);

	const server = createServer();
	const closing = new AbortController();
	const faults = new Faults();
	const log = new RequestLog();
	const webhooks = new WebhookSender(() => settings, SIGNATURE_HEADER);
	let url = '';
	const merchant = new Merchant({
		seed,
		now: clock,
		paymentUrl: (token) => url + paymentPath(token),
	});
	const context = { merchant, settings, tokens, faults, log, webhooks, now: clock };
	const control = createControl(context);

	addApi(server, { ...context, closing: closing.signal });
	addPaymentPages(server, {
		byToken: (token) => merchant.byToken(token),
		settle: (record, outcome, after) => settleInvoice(context, record, outcome, after),
	});
	addControl(server, control);
	const moyasar = addMoyasar(server, { seed, now: clock, closing: closing.signal });
	url = await server.listen({ host: '127.0.0.1', port });

	return {
		url,
		apiBaseUrl: url + API_PATH,
		seed,
		apiToken: tokens.valid,
		tokens,
		get signingSecret() {
			return settings.signingSecret;
		},
		control,
		moyasar: moyasar(url),
		close: async () => {
			closing.abort();
			merchant.confirmations.stop();
			webhooks.stop();
			await server.close();
		},
	};
}
