/** `YYYY-MM-DD HH:MM:SS` in UTC, as transactions and payments carry it. */
export function timestamp(date: Date): string {
	return date.toISOString().slice(0, 19).replace('T', ' ');
}
