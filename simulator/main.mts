/** `npm run simulator`: the simulator on its own, until Ctrl-C. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { exampleInvoiceRequest, parseFault, startSimulator } from './index.mts';
import type { Fault, Language, Simulator } from './index.mts';

type Flags = {
	port: number;
	seed?: number;
	latency: number;
	fault: Fault[];
	language: Language | 'auto';
};

const wholeNumber = (text: string): number => {
	if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Must be a whole number.');
	return Number(text);
};

const addFault = (text: string, faults: Fault[]): Fault[] => {
	try {
		return [...faults, parseFault(text)];
	} catch (error) {
		throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
	}
};

const program = new Command('npm run simulator --')
	.description(
		'A simulator of RsomPay (API, payment pages, signed webhooks) and Moyasar (payments) on this machine.',
	)
	.option('--port <number>', 'port to listen on, 0 for any free one', wholeNumber, 4010)
	.option('--seed <number>', 'the same ids, tokens and secrets in every run', wholeNumber)
	.option('--latency <ms>', 'wait before the work of each API request', wholeNumber, 0)
	.option(
		'--fault <fault>',
		'of RsomPay: status or kind, and how many requests it applies to: 429:5, 500:1, drop:2, lost-answer, hang, lost-webhook, duplicate, shuffle; or a whole fault as JSON; may be repeated',
		addFault,
		[],
	)
	.addOption(
		new Option('--language <language>', 'of error messages; auto follows Accept-Language')
			.choices(['en', 'ar', 'auto'])
			.default('auto'),
	);

const flags = program.parse().opts<Flags>();
const simulator = await startSimulator({
	port: flags.port,
	seed: flags.seed,
	latencyMs: flags.latency,
	language: flags.language,
});
simulator.moyasar.control.configure({ latencyMs: flags.latency });
for (const fault of flags.fault) simulator.control.injectFault(fault);
console.log(introduction(simulator));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void simulator.close());
}

function introduction({
	url,
	apiBaseUrl,
	apiToken,
	signingSecret,
	seed,
	moyasar,
}: Simulator): string {
	const invoice = {
		...exampleInvoiceRequest,
		notification_url: 'http://127.0.0.1:5678/webhook/rsompay',
	};
	return `
RsomPay and Moyasar simulator (no real money moves). Stop it with Ctrl-C.

RsomPay:

  API base URL     ${apiBaseUrl}
  API token        ${apiToken}
  Signing secret   ${signingSecret}
  Payment pages    ${url}/pay/invoice/{token}
  Seed             ${seed}

Create an invoice:

  curl ${apiBaseUrl}/invoices \\
    -H 'Authorization: Bearer ${apiToken}' \\
    -H 'Content-Type: application/json' \\
    -d '${JSON.stringify(invoice)}'

Pay it in a browser at its payment_url, or without one:

  curl -X POST ${url}/control/invoices/${invoice.external_id}/pay

Control API, under ${url}/control:

  GET    /invoices                      every invoice
  POST   /invoices/{external_id}/pay    also /fail and /cancel
  POST   /faults                        {"kind":"status","status":500,"match":{"times":2}}
  DELETE /faults
  GET    /requests                      every API request received
  GET    /deliveries                    every webhook attempt
  POST   /deliveries                    one arbitrary delivery, forged ones included
  POST   /deliveries/settle             waits until no delivery is pending
  POST   /deliveries/{event_id}/repeat  the identical bytes again
  POST   /transactions/seed             {"customerId":"CUST-9","count":250}
  POST   /transactions                  {"customerId":"CUST-9"}
  PATCH  /settings                      {"latencyMs":50,"confirmDelayMs":2000,"lagMs":0}
  POST   /reset

Moyasar:

  API base URL     ${moyasar.baseUrl}
  Secret key       ${moyasar.keys.secret}

Make some payments and list them (its firewall blocks curl's default User-Agent):

  curl ${url}/control/moyasar/payments/seed \\
    -H 'Content-Type: application/json' -d '{"count":100}'
  curl -A my-shop/1.0 -u ${moyasar.keys.secret}: ${moyasar.baseUrl}/payments

Control API, under ${url}/control/moyasar:

  GET    /payments                      every payment
  POST   /payments                      {"amount":10350,"metadata":{"cart_id":"1"}}
  POST   /payments/seed                 {"count":4000,"everyMs":1000}
  PATCH  /payments/{id}                 {"status":"refunded"}
  POST   /arrivals                      {"page":2,"count":3}
  POST   /faults                        {"kind":"firewall","match":{"path":"^/payments.*[?&]page=2(&|$)"}}
  DELETE /faults
  GET    /requests                      every API request received
  PATCH  /settings                      {"latencyMs":50,"firewall":false}
  POST   /reset
`;
}
