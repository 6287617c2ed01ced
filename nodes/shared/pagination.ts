import { type Assembly, assemblePages, type Snapshot } from './assemblePages';
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

/** How many requests a list may take beyond twice the number of its pages. */
const SPARE_REQUESTS = 20;

/**
 * Reads a list with numbered pages, several pages at once. When the list changes meanwhile, records
 * move between pages: one appears twice, or falls between two pages. The pages around such a gap are
 * then read again, until there is no gap. A record that enters or leaves the list meanwhile is returned
 * or not.
 *
 * @returns the selected records, complete, in the order of the list
 * @throws ServiceError when a gap remains after about twice as many requests as the list has pages
 */
export async function readAllPages<T>(request: ListRequest<T>): Promise<T[]> {
	const { readPage, getKey, concurrency, filter = () => true, limit = Infinity } = request;
	const snapshots: Array<Snapshot<T>> = [];
	let pages = [1];
	let highest = 1;
	let requests = 0;
	let selectedCount = 0;
	for (let round = 0; requests + pages.length <= 2 * highest + SPARE_REQUESTS; round++) {
		requests += pages.length;
		await mapConcurrently(pages, concurrency, async (page) => {
			const read = await readPage(page);
			snapshots.push({ ...read, page, round });
			selectedCount += read.records.filter(filter).length;
		});
		const unread = unreadPages(request, snapshots, limit - selectedCount);
		if (unread.length > 0 && isUnchanged(snapshots)) {
			// Assembling takes longer with each page, so a list is assembled at its end.
			pages = unread;
			highest = Math.max(highest, ...pages);
			continue;
		}
		const list = assemblePages(snapshots, getKey);
		const selected = list.records.filter(filter);
		if (list.isWhole || selected.length >= limit) return selected.slice(0, limit);
		pages = pagesToRead(request, snapshots, list);
		if (pages.length === 0) {
			// There is no gap, but fewer records than the list says: none of the pages can be trusted.
			snapshots.length = 0;
			selectedCount = 0;
			pages = [1];
		}
		highest = Math.max(highest, ...pages);
	}
	throw new ServiceError('The list kept changing while it was read', {
		description: `After ${requests} requests records still moved from page to page, so it may be incomplete. Run the workflow again in a quieter moment, or ask for fewer records.`,
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The next pages that were not read yet, or else those around the gaps. */
function pagesToRead<T>(
	request: ListRequest<T>,
	snapshots: ReadonlyArray<Snapshot<T>>,
	{ records, all, torn }: Assembly<T>,
): number[] {
	const { filter, limit = Infinity } = request;
	const known = torn.length > 0 ? all : records;
	const wanted = limit - (filter ? known.filter(filter) : known).length;
	if (wanted <= 0) return torn;
	const unread = unreadPages(request, snapshots, wanted);
	return unread.length > 0 ? unread : torn;
}

/** Whether the list had the same size whenever a page was read. */
function isUnchanged<T>(snapshots: ReadonlyArray<Snapshot<T>>): boolean {
	return snapshots.every(({ total }) => total === snapshots[0]?.total);
}

/** The next pages that were not read yet, for this number of records. */
function unreadPages<T>(
	{ filter, concurrency }: ListRequest<T>,
	snapshots: ReadonlyArray<Snapshot<T>>,
	wanted: number,
): number[] {
	if (wanted <= 0) return [];
	// How many records of a page pass the filter is not known in advance.
	const needed =
		filter && wanted < Infinity
			? concurrency
			: Math.ceil(wanted / (snapshots[0]?.records.length ?? 0));
	const read = Math.max(...snapshots.map(({ page }) => page));
	const count = Math.min((snapshots.at(-1)?.lastPage ?? 0) - read, needed);
	return Array.from({ length: Math.max(0, count) }, (_, index) => read + 1 + index);
}
