import { ServiceError } from './errors';
import { mapConcurrently } from './mapConcurrently';

/** One page of a list, and the size of the whole list. */
export interface Page<T> {
	records: T[];
	/** How many records the list has. */
	total: number;
	/** The number of the last page, counted from 1. */
	lastPage: number;
}

/** Which records of a list to read. */
export interface ListRequest<T> {
	/** Reads one page, counted from 1. */
	readPage: (page: number) => Promise<Page<T>>;
	/** Identifies a record that appears on two pages. */
	getKey: (record: T) => string;
	/** Selects records. Without it all records are returned. */
	filter?: (record: T) => boolean;
	/** How many records to return at most. Without it all records are returned. */
	limit?: number;
	/** How many pages are read at once. */
	concurrency: number;
}

/** How often a list is read that changes while it is read. */
const MAX_READS = 10;

/**
 * Reads a list with numbered pages, several pages at once. When the list changes meanwhile, records
 * shift between pages: one appears twice, or falls between two pages. The list is then read again,
 * until one reading is consistent: every page reports the same total, and that many different
 * records came, or as many as requested.
 *
 * @returns the selected records, complete, in the order of the list
 * @throws ServiceError when no reading was consistent
 */
export async function readAllPages<T>(request: ListRequest<T>): Promise<T[]> {
	const { filter = () => true, limit } = request;
	for (let count = 0; count < MAX_READS; count++) {
		const { records, isConsistent } = await readOnce(request);
		if (isConsistent) return records.filter(filter).slice(0, limit);
	}
	throw new ServiceError('The list kept changing while it was read', {
		description: `It was read ${MAX_READS} times, and records moved from page to page each time, so it may be incomplete. Run the workflow again in a quieter moment, or ask for fewer records.`,
	});
}

/** One reading of a list from its first page. */
interface ListRead<T> {
	records: T[];
	/** Whether all pages show the same state of the list. */
	isConsistent: boolean;
}

async function readOnce<T>(request: ListRequest<T>): Promise<ListRead<T>> {
	const { readPage, concurrency } = request;
	const first = await readPage(1);
	const pages = [first];
	const hasStableTotal = () => pages.every((page) => page.total === first.total);
	for (;;) {
		const count = Math.min(first.lastPage - pages.length, pagesStillNeeded(request, pages));
		if (count <= 0 || !hasStableTotal()) break;
		const numbers = Array.from({ length: count }, (_, index) => pages.length + 1 + index);
		pages.push(...(await mapConcurrently(numbers, concurrency, readPage)));
	}
	const records = distinct(request, pages);
	const count = pages.reduce((sum, page) => sum + page.records.length, 0);
	const isWhole = pages.length >= first.lastPage && count >= first.total;
	return {
		records,
		isConsistent:
			hasStableTotal() && records.length === count && (isWhole || remaining(request, records) <= 0),
	};
}

function pagesStillNeeded<T>(request: ListRequest<T>, pages: Array<Page<T>>): number {
	const wanted = remaining(request, distinct(request, pages));
	if (wanted <= 0) return 0;
	// How many records of a page pass the filter is not known in advance.
	if (request.filter && wanted < Infinity) return request.concurrency;
	return Math.ceil(wanted / (pages[0]?.records.length ?? 0));
}

/** How many requested records have not come yet. */
function remaining<T>({ filter, limit = Infinity }: ListRequest<T>, records: T[]): number {
	return limit - (filter ? records.filter(filter) : records).length;
}

// Two records of one page are two records, even with the same key: a record that shifts between
// pages never appears twice on the same page.
function distinct<T>({ getKey }: ListRequest<T>, pages: Array<Page<T>>): T[] {
	const records = new Map<string, T>();
	for (const page of pages) {
		const counts = new Map<string, number>();
		for (const record of page.records) {
			const key = getKey(record);
			const nth = (counts.get(key) ?? 0) + 1;
			counts.set(key, nth);
			records.set(`${nth} ${key}`, record);
		}
	}
	return [...records.values()];
}
