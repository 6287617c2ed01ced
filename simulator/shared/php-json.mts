/** What PHP escapes and JSON.stringify does not. */
const ESCAPED_BY_PHP = /[/\u0080-\uffff]/g;

/** A money field and its number. Does not match inside a string, where quotes are escaped. */
const MONEY =
	/("(?:amount|subtotal|discount_total|tax_total|grand_total|unit_price|discount_amount|tax_amount|total_amount)":-?\d+)(?:\.(\d+))?(?=[,}])/g;

/**
 * JSON as PHP's `json_encode` writes it: `/` as `\/`, non-ASCII as `\uXXXX` (surrogate pairs,
 * lower-case hex), money with two decimals (`100.00`). Parses to the same values as the output of
 * `JSON.stringify`, but re-serialising changes its bytes, so that a receiver that verifies the
 * signature of a re-serialised body fails.
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
