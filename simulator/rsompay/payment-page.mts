/** HTML of the payment page: no script, no external resource. */
import { createHash } from 'node:crypto';
import { html, type Html } from '../shared/html.mts';
import { isPayable, type InvoiceRecord } from './merchant.mts';
import type { InvoiceItem, InvoiceStatus } from './types.mts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6675; --line: #dfe4ea; --card: #fff; --page: #f3f5f8; --accent: #0b6b53; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --soft: #a3afbd; --line: #333e4b; --card: #1a222c; --page: #10161d; --accent: #4fc3a1; --on-accent: #06251c; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: clamp(1.25rem, 5vw, 2rem); background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); }
.notice { padding: .75rem 1rem; border: 1px solid var(--line); border-inline-start: 4px solid var(--accent); border-radius: .375rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0 0 1.5rem; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin-bottom: 1.5rem; }
caption { text-align: start; font-weight: 600; padding-bottom: .25rem; }
th, td { padding: .5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
th:nth-child(2), td:nth-child(2) { text-align: right; padding-left: 1rem; white-space: nowrap; }
td .soft { display: block; font-size: .875rem; }
thead th { color: var(--soft); font-weight: 500; }
tfoot th, tfoot td { border: 0; padding: .25rem 0; font-weight: 400; }
tfoot tr:last-child > * { padding-top: .5rem; font-size: 1.2rem; font-weight: 700; }
form { display: grid; gap: .75rem; }
button { min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/** One string, because the policy's hash is over the exact text between the tags. */
const STYLE_ELEMENT: Html = { markup: `<style>${STYLE}</style>` };

/** Headers of every payment page: they forbid loading, framing, caching and referrers. */
export const PAGE_HEADERS = {
	'Content-Type': 'text/html; charset=utf-8',
	'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'`,
	'Cache-Control': 'no-store',
	'Referrer-Policy': 'no-referrer',
	'X-Content-Type-Options': 'nosniff',
};

/** A unit price may have more than two decimals. */
const decimals = new Intl.NumberFormat('en', {
	minimumFractionDigits: 2,
	maximumFractionDigits: 20,
});

const STATUS_NOTICES: Record<InvoiceStatus, string> = {
	issued: '',
	pending: 'Your payment is being confirmed.',
	failed: 'The last payment attempt failed. You can try again.',
	paid: 'This invoice is paid. Thank you.',
	canceled: 'This invoice was canceled. There is nothing to pay.',
};

/** The buttons' values of `action`. */
export const ACTIONS = ['card', 'tamara', 'fail', 'cancel'] as const;

/** The page of an invoice; it has buttons only if the invoice is payable. */
export function invoicePage({ invoice, currencyCode, token }: InvoiceRecord): string {
	const { customer, totals, items, status } = invoice;
	const money = (amount: number) => `${decimals.format(amount)} ${currencyCode}`;
	const notice = STATUS_NOTICES[status];
	return page(
		`Invoice ${invoice.reference_number}`,
		html`<h1>Invoice ${invoice.reference_number}</h1>
			<p class="soft">RsomPay simulator: no real money moves here.</p>
			${notice === '' ? html`` : html`<p class="notice" role="status">${notice}</p>`}
			<dl>
				<dt>Merchant reference</dt>
				<dd dir="auto">${invoice.external_id}</dd>
				<dt>Customer</dt>
				<dd dir="auto">${customer.fullname}</dd>
			</dl>
			<table>
				<caption>
					Items
				</caption>
				<thead>
					<tr>
						<th scope="col">Description</th>
						<th scope="col">With tax</th>
					</tr>
				</thead>
				<tbody>
					${items.map((item) => row(item, money))}
				</tbody>
				<tfoot>
					${
						totals.discount_total === 0
							? html``
							: totalRow('Discount given', money(totals.discount_total))
					}
					${totalRow('Tax included', money(totals.tax_total))}
					${totalRow('Total', money(totals.grand_total))}
				</tfoot>
			</table>
			${isPayable(status) ? buttons(token) : html``}`,
	);
}

/** The page for an unknown token. */
export function unknownInvoicePage(): string {
	return page(
		'Invoice not found',
		html`<h1>Invoice not found</h1>
			<p>Check the payment link you were sent.</p>`,
	);
}

function row(item: InvoiceItem, money: (amount: number) => string): Html {
	return html`<tr>
		<td>
			<span dir="auto">${item.description}</span>
			<span class="soft">${item.quantity} × ${money(item.unit_price)}</span>
		</td>
		<td>${money(item.total_amount)}</td>
	</tr>`;
}

function totalRow(label: string, amount: string): Html {
	return html`<tr>
		<th scope="row">${label}</th>
		<td>${amount}</td>
	</tr>`;
}

function buttons(token: string): Html {
	return html`<form method="post" action="/pay/invoice/${token}">
		<button class="main" name="action" value="card">Pay by card</button>
		<button class="main" name="action" value="tamara">Pay with Tamara</button>
		<button name="action" value="fail">Simulate a failed payment</button>
		<button name="action" value="cancel">Cancel</button>
	</form>`;
}

function page(title: string, content: Html): string {
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<title>${title} · RsomPay simulator</title>
				${STYLE_ELEMENT}
			</head>
			<body>
				<main>${content}</main>
			</body>
		</html>`.markup;
}
