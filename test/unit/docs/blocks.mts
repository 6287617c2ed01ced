import { z } from 'zod';
import { parseEvent } from '../../../nodes/RsomPay/webhook/events.ts';
import { invoiceResponseSchema } from '../../../nodes/RsomPay/api/schemas.ts';
import { workflowSchema } from '../../../harness/n8n/api.mts';
import type { Page } from './repository.mts';

/** The languages of code blocks, each of which is checked. A block without one is plain text. */
const LANGUAGES = ['', 'json', 'ts', 'sh'];

const eventSchema = z
	.object({ event: z.string() })
	.passthrough()
	.refine((value) => parseEvent(Buffer.from(JSON.stringify(value))) !== undefined);

/** What a block of JSON can be an example of. */
const EXAMPLES = [
	// n8n's sample data is a list of items.
	z.array(eventSchema).nonempty(),
	eventSchema,
	invoiceResponseSchema,
	workflowSchema,
];

/** Finds blocks of JSON that cannot be parsed, or are an example of nothing that is known. */
export function checkJson({ path, markdown }: Page): string[] {
	return markdown.fences
		.filter(({ language }) => language === 'json')
		.flatMap(({ text, line }) => {
			const problem = problemOfJson(text);
			return problem === undefined ? [] : [`${path}:${line}: ${problem}`];
		});
}

function problemOfJson(text: string): string | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return EXAMPLES.some((schema) => schema.safeParse(value).success)
			? undefined
			: 'is no event, no invoice and no workflow';
	} catch (error) {
		return String(error);
	}
}

/** Finds blocks of a language that nothing checks. */
export function checkLanguages({ path, markdown }: Page): string[] {
	return markdown.fences
		.filter(({ language }) => !LANGUAGES.includes(language))
		.map(({ language, line }) => `${path}:${line}: "${language}" is checked by nothing`);
}

/** What the commands of the pages may name. */
export interface Commands {
	/** The scripts of package.json. */
	scripts: readonly string[];
	/** The scenarios of `npm run scenario`. */
	scenarios: readonly string[];
}

/** Finds commands of npm that do not exist, in shell blocks and in code within a line. */
export function checkCommands(
	{ path, markdown }: Page,
	{ scripts, scenarios }: Commands,
): string[] {
	const shell = markdown.fences.filter(({ language }) => language === 'sh');
	return [...markdown.codes, ...shell].flatMap(({ text, line }) =>
		text
			.split(/\n|&&/)
			// Square brackets stand around what may be left out.
			.map((command) => command.replace(/\s+#.*$|[[\]]/g, '').trim())
			.filter((command) => /^npm\b/.test(command) && !isKnown(command))
			.map((command) => `${path}:${line}: \`${command}\` does not exist`),
	);

	function isKnown(command: string): boolean {
		const [, action = '', ...words] = command.split(/\s+/);
		if (['ci', 'install', 'pack'].includes(action)) return true;
		const [script = '', separator, ...values] = action === 'run' ? words : [action, ...words];
		if (!scripts.includes(script) || (separator !== undefined && separator !== '--')) return false;
		const names = values.filter((value) => /^[a-z]/.test(value));
		return script !== 'scenario' || names.every((name) => scenarios.includes(name));
	}
}
