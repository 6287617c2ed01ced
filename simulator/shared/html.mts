/** Escaped markup, safe to insert into a page. */
export type Html = { readonly markup: string };

/** Template tag that escapes its values, except markup and lists of markup. */
export function html(
	strings: TemplateStringsArray,
	...values: readonly (string | number | Html | readonly Html[])[]
): Html {
	return { markup: String.raw({ raw: strings }, ...values.map(render)) };
}

function render(value: string | number | Html | readonly Html[]): string {
	if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
	return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

const ENTITIES: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

function escape(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
