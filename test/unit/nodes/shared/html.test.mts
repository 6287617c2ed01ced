import fc from 'fast-check';

import { type Html, html } from '../../../../nodes/shared/html.ts';

const ENTITIES: Record<string, string> = {
	'&amp;': '&',
	'&lt;': '<',
	'&gt;': '>',
	'&quot;': '"',
	'&#39;': "'",
};

/** Decodes escaped text as a browser does. */
const decode = (markup: string) =>
	markup.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

/** Any text, including characters that are special in markup. */
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
])('escapes %j as %s', (value, markup) => {
	expect(html`<p>${value}</p>`).toStrictEqual({ markup: `<p>${markup}</p>` });
});

test('does not escape nested markup', () => {
	const row: Html = html`<b>${'<'}</b>`;

	expect(html`<p>${row}${{ markup: '&nbsp;' }}${'&'}</p>`.markup).toBe(
		'<p><b>&lt;</b>&nbsp;&amp;</p>',
	);
});

test('does not change the text of the template', () => {
	expect(html``.markup).toBe('');
	expect(html`a`.markup).toBe('a');
	expect(html`${'1'}${'2'} \\ "${'3'}"`.markup).toBe('12 \\ "3"');
});

test('escapes any text so that it decodes to itself and contains no markup', () => {
	fc.assert(
		fc.property(text, text, (first, second) => {
			const { markup } = html`${first}|${second}`;

			expect(markup).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
			expect(decode(markup)).toBe(`${first}|${second}`);
		}),
	);
});
