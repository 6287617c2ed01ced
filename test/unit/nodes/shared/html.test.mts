import fc from 'fast-check';

import { type Html, html } from '../../../../nodes/shared/html.ts';

const ENTITIES: Record<string, string> = {
	'&amp;': '&',
	'&lt;': '<',
	'&gt;': '>',
	'&quot;': '"',
	'&#39;': "'",
};

/** What a browser makes of escaped text. */
const shown = (markup: string) =>
	markup.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

/** Any text, and such as means something in markup. */
const text = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc.array(fc.constantFrom('&', '<', '>', '"', "'", '&amp;', '&#39;', '$&', '\\', 'a')).map(String),
);

test.each([
	['&', '&amp;'],
	['<', '&lt;'],
	['>', '&gt;'],
	['"', '&quot;'],
	["'", '&#39;'],
	['&lt;', '&amp;lt;'],
	['<<', '&lt;&lt;'],
	['<a href=\'x\' title="y">', '&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;'],
	['', ''],
	['فاتورة 1', 'فاتورة 1'],
])('puts %j into a page as %s', (value, markup) => {
	expect(html`<p>${value}</p>`).toStrictEqual({ markup: `<p>${markup}</p>` });
});

test('puts markup into a page as it is, at any depth', () => {
	const row: Html = html`<b>${'<'}</b>`;

	expect(html`<p>${row}${{ markup: '&nbsp;' }}${'&'}</p>`.markup).toBe(
		'<p><b>&lt;</b>&nbsp;&amp;</p>',
	);
});

test('keeps what stands between the values', () => {
	expect(html``.markup).toBe('');
	expect(html`a`.markup).toBe('a');
	expect(html`${'1'}${'2'} \\ "${'3'}"`.markup).toBe('12 \\ "3"');
});

test('shows any text as it is, and lets none of it be markup', () => {
	fc.assert(
		fc.property(text, text, (first, second) => {
			const { markup } = html`${first}|${second}`;

			expect(markup).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
			expect(shown(markup)).toBe(`${first}|${second}`);
		}),
	);
});
