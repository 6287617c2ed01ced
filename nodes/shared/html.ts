/** Markup that may be put into a page as it is. */
export interface Html {
	readonly markup: string;
}

/** A template of markup. Its values are escaped, unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...values: ReadonlyArray<string | Html>): Html {
	return {
		markup: String.raw(
			{ raw: strings },
			...values.map((value) => (typeof value === 'string' ? escape(value) : value.markup)),
		),
	};
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
