import { hash } from 'node:crypto';

import { type Html, html } from '../../shared/html';
import type { Outcome } from '../api/invoiceStatus';
import { type Language, TRANSLATIONS } from './translations';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6675; --line: #dfe4ea; --card: #fff; --page: #f3f5f8; --accent: #0b6b53; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --soft: #a3afbd; --line: #333e4b; --card: #1a222c; --page: #10161d; --accent: #4fc3a1; --on-accent: #06251c; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; min-height: 100svh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; }
main { width: 100%; max-width: 30rem; padding: clamp(1.5rem, 6vw, 2.5rem); background: var(--card); border: 1px solid var(--line); border-radius: .75rem; text-align: center; }
svg { width: 4rem; height: 4rem; }
h1 { margin: 1rem 0 .5rem; font-size: 1.5rem; line-height: 1.3; text-wrap: balance; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; text-wrap: pretty; }
p:last-child { margin-bottom: 0; }
bdi { display: inline-block; max-width: 100%; vertical-align: top; }
.shop { font-weight: 600; }
.soft { color: var(--soft); }
.soft bdi { color: var(--ink); }
.soft + .soft { margin-top: -.75rem; }
.actions { display: flex; flex-wrap: wrap; justify-content: center; gap: .75rem; padding-top: .5rem; }
a { min-height: 2.75rem; padding: .5rem 1.5rem; border: 1px solid var(--accent); border-radius: .5rem; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
a + a { border-color: var(--soft); background: none; color: var(--ink); }
a:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
`;

/** One text, because the policy's hash covers everything between the tags, white space included. */
const STYLE_ELEMENT: Html = { markup: `<style>${STYLE}</style>` };

const POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; form-action 'none'`;

/** The headers of every result page: no cache, no frame, no referrer. */
export const PAGE_HEADERS = {
	'Content-Type': 'text/html; charset=utf-8',
	'Content-Security-Policy': `${POLICY}; frame-ancestors 'none'`,
	'Cache-Control': 'no-store',
	'Referrer-Policy': 'no-referrer',
	'X-Content-Type-Options': 'nosniff',
	'X-Frame-Options': 'DENY',
	Vary: 'Accept-Language',
} as const;

/** The content of a result page. */
export interface ResultPage {
	outcome: Outcome;
	language: Language;
	/** The name of the shop. */
	shopName?: string;
	/** The invoice's ID as the customer's URL has it, once its outcome is certain. */
	reference?: string;
	/** The invoice's amount as the customer reads it. Only for its own customer. */
	amount?: string;
	/** Where the invoice can be paid. Only for its own customer. */
	paymentUrl?: string;
	/** Whether there is a button that loads the page again. */
	canReload?: boolean;
	/** Where the button to the shop leads. Without it there is no such button. */
	backUrl?: string;
}

/** The address of the page itself. An ID of its query, or a second question mark, stays as it is. */
const SAME_ADDRESS = '';

/**
 * Renders the page for a returning customer, without script and without external resources.
 *
 * @returns HTML
 */
export function resultPage(page: ResultPage): string {
	const { outcome, language, shopName, reference, amount } = page;
	const { direction, invoiceLabel, amountLabel, outcomes } = TRANSLATIONS[language];
	const [heading, explanation] = outcomes[outcome];
	return html`<!doctype html>
		<html lang="${language}" dir="${direction}">
			<head>
				<meta charset="utf-8" />
				<meta http-equiv="Content-Security-Policy" content="${POLICY}" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="robots" content="noindex" />
				<title>${heading}</title>
				${STYLE_ELEMENT}
			</head>
			<body>
				<main>
					${shopName === undefined ? NOTHING : html`<p class="shop"><bdi>${shopName}</bdi></p>`}
					${ICONS[outcome]}
					<h1>${heading}</h1>
					<p>${explanation}</p>
					${reference === undefined ? NOTHING : fact(invoiceLabel, reference)}
					${amount === undefined ? NOTHING : fact(amountLabel, amount)} ${actions(page)}
				</main>
			</body>
		</html> `.markup;
}

const NOTHING: Html = { markup: '' };

const fact = (label: string, value: string): Html =>
	html`<p class="soft">${label} <bdi>${value}</bdi></p>`;

/** The buttons. The first one is the most prominent. */
function actions({ outcome, language, paymentUrl, canReload, backUrl }: ResultPage): Html {
	const { tryAgainButton, payButton, checkAgainButton, continueButton } = TRANSLATIONS[language];
	const links = [
		button(paymentUrl, outcome === 'failed' ? tryAgainButton : payButton),
		button(canReload ? SAME_ADDRESS : undefined, checkAgainButton),
		button(backUrl, continueButton),
	].join('');
	return links === '' ? NOTHING : html`<p class="actions">${{ markup: links }}</p>`;
}

function button(url: string | undefined, label: string): string {
	return url === undefined ? '' : html`<a href="${url}">${label}</a>`.markup;
}

const icon = (colour: string, path: string): Html =>
	html`<svg
		viewBox="0 0 48 48"
		fill="none"
		stroke="${colour}"
		stroke-width="4"
		stroke-linecap="round"
		stroke-linejoin="round"
		aria-hidden="true"
	>
		<circle cx="24" cy="24" r="20" />
		<path d="${path}" />
	</svg>`;

const CROSS = 'M17 17l14 14M31 17L17 31';

const ICONS: Record<Outcome, Html> = {
	paid: icon('#16a37b', 'M15 25l6 6 12-13'),
	pending: icon('#b7791f', 'M24 14v10l7 5'),
	failed: icon('#d0453b', CROSS),
	canceled: icon('#7a8594', CROSS),
};
