import { mapBounded } from './bounded';
import { ServiceProblem } from './problems';

/** One page of a list, and what it says of the whole. */
export interface Page<T> {
	records: T[];
	/** How many records the whole list has. */
	total: number;
	/** The number of the last page, counted from 1. */
	lastPage: number;
}

/** What to read of a list. */
export interface ListRequest<T> {
	/** Reads one page, counted from 1. */
	readPage: (page: number) => Promise<Page<T>>;
	/** What a record is recognised by when it turns up on two pages. */
	identify: (record: T) => string;
	/** Which records are wanted; all of them where it is left out. */
	keep?: (record: T) => boolean;
	/** How many records are wanted; all of them where it is left out. */
	limit?: number;
	/** How many pages are read side by side. */
	concurrency: number;
}

/** How often a list is read anew that changes while it is read. */
const MOST_SWEEPS = 10;

/**
 * Reads a list whose pages are numbered, side by side. The list may change meanwhile, which moves
 * records from page to page, so that one turns up twice or slips through between two pages. Then it
 * is read again, until one reading shows it as it stood at one moment: every page tells the same
 * number of records, and that many different ones came, or as many as are wanted.
 *
 * @returns the wanted records, complete, in the order of the list
 * @throws ServiceProblem when the list did not hold still long enough to be read completely
 */
export async function readList<T>(request: ListRequest<T>): Promise<T[]> {
	const { keep = () => true, limit } = request;
	for (let count = 0; count < MOST_SWEEPS; count++) {
		const { records, isConsistent } = await readOnce(request);
		if (isConsistent) return records.filter(keep).slice(0, limit);
	}
	throw new ServiceProblem('The list kept changing while it was read', {
		description: `It was read ${MOST_SWEEPS} times, and records moved from page to page each time, so nobody can tell whether it is complete. Run the workflow again in a quieter moment, or ask for fewer records.`,
	});
}

/** What one reading of a list, from its first page on, has brought. */
interface Sweep<T> {
	records: T[];
	/** Whether the list was the same for all pages. */
	isConsistent: boolean;
}

async function readOnce<T>(request: ListRequest<T>): Promise<Sweep<T>> {
	const { readPage, concurrency } = request;
	const first = await readPage(1);
	const pages = [first];
	const isSteady = () => pages.every((page) => page.total === first.total);
	for (;;) {
		const count = Math.min(first.lastPage - pages.length, pagesStillNeeded(request, pages));
		if (count <= 0 || !isSteady()) break;
		const numbers = Array.from({ length: count }, (_, index) => pages.length + 1 + index);
		pages.push(...(await mapBounded(numbers, concurrency, readPage)));
	}
	const records = distinct(request, pages);
	const count = pages.reduce((sum, page) => sum + page.records.length, 0);
	const isWhole = pages.length >= first.lastPage && count >= first.total;
	return {
		records,
		isConsistent:
			isSteady() && records.length === count && (isWhole || missing(request, records) <= 0),
	};
}

function pagesStillNeeded<T>(request: ListRequest<T>, pages: Array<Page<T>>): number {
	const wanted = missing(request, distinct(request, pages));
	if (wanted <= 0) return 0;
	// How many records of a page will be kept is not known beforehand.
	if (request.keep && wanted < Infinity) return request.concurrency;
	return Math.ceil(wanted / (pages[0]?.records.length ?? 0));
}

/** How many of the wanted records have not come yet. */
function missing<T>({ keep, limit = Infinity }: ListRequest<T>, records: T[]): number {
	return limit - (keep ? records.filter(keep) : records).length;
}

// Two records of one page are two records, even where they are told by the same name: what moves
// from one page to another while a list is read never stands twice on the same one.
function distinct<T>({ identify }: ListRequest<T>, pages: Array<Page<T>>): T[] {
	const records = new Map<string, T>();
	for (const page of pages) {
		const times = new Map<string, number>();
		for (const record of page.records) {
			const name = identify(record);
			const nth = (times.get(name) ?? 0) + 1;
			times.set(name, nth);
			records.set(`${nth} ${name}`, record);
		}
	}
	return [...records.values()];
}
