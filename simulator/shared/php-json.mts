/** Where PHP's escapes and JSON.stringify's differ. */
const ESCAPED_BY_PHP = /[/\u0080-\uffff]/g;

/** A money field and its number; inside a string its quotes would have backslashes before them. */
const MONEY =
	/("(?:amount|subtotal|discount_total|tax_total|grand_total|unit_price|discount_amount|tax_amount|total_amount)":-?\d+)(?:\.(\d+))?(?=[,}])/g;

/**
 * JSON the way PHP's `json_encode` writes it: `/` as `\/`, everything beyond ASCII as `\uXXXX`
 * (surrogate pairs, lower-case hex), and money with its decimals kept (`100.00`). It reads back as
 * the same values as `JSON.stringify`, but its bytes do not survive being re-serialised, which is
 * what a receiver that verifies a re-serialised body has to trip over.
 */
export function phpJson(value: unknown): string {
	return JSON.stringify(value)
		.replace(
			MONEY,
			(_match, whole: string, decimals: string | undefined) =>
				`${whole}.${(decimals ?? '').padEnd(2, '0')}`,
		)
		.replace(ESCAPED_BY_PHP, (character) =>
			character === '/' ? '\\/' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
		);
}
