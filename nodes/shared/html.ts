/** Markup that needs no escaping. */
export interface Html {
	readonly markup: string;
}

/** Template tag for markup. Escapes every value that is not markup itself. */
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
