/** `YYYY-MM-DD HH:MM:SS` in UTC, the format of transactions and payments. */
export function timestamp(date: Date): string {
	return date.toISOString().slice(0, 19).replace('T', ' ');
}
