/** A page of a list as it was at one moment. */
export interface Snapshot<T> {
	/** Its number, counted from 1. */
	page: number;
	records: T[];
	/** How many records the list had. */
	total: number;
	/** The number of the list's last page. */
	lastPage: number;
	/** Equal for pages that were read at the same time, higher for those that were read later. */
	round: number;
}

/** What the snapshots of a list show. */
export interface Assembly<T> {
	/** The records from the start of the list to the first gap, in the order of the list. */
	records: T[];
	/** All records that were read, in any order. */
	all: T[];
	/** Whether there is no gap from the start to the end. */
	isWhole: boolean;
	/** The pages to read again, in ascending order, to close the gaps. */
	torn: number[];
}

/** A snapshot with the keys of its records. */
interface Piece<T> extends Snapshot<T> {
	keys: string[];
	/** Counts the states of the list. A state lasts until another total comes. */
	state: number;
	/** The piece that this one continues in the same state of the list. */
	previous?: Piece<T>;
}

type AreLinked<T> = (a: Piece<T>, b: Piece<T>) => boolean;

/**
 * Puts a list together from pages that were read while it changed. Two snapshots are linked when they
 * have a record in common, or when one continues the other in the same state of the list. Because two
 * records never change their order, no record is missing between linked snapshots that was in the list
 * all the time.
 *
 * @param snapshots in the order in which they arrived
 * @param getKey identifies a record that is in two snapshots
 */
export function assemblePages<T>(
	snapshots: ReadonlyArray<Snapshot<T>>,
	getKey: (record: T) => string,
): Assembly<T> {
	const pieces = toPieces(snapshots, getKey);
	const areLinked = linksOf(pieces);
	const newest = new Map<string, T>();
	for (const { keys, records } of pieces) {
		records.forEach((record, position) => newest.set(keys[position] ?? '', record));
	}
	const start = pieces.findLast(({ page }) => page === 1);
	const fromStart = pieces.filter((piece) => start && areLinked(start, piece));
	const keys = inListOrder(fromStart.sort((a, b) => a.page - b.page));
	return {
		records: keys.map((key) => newest.get(key) as T),
		all: [...newest.values()],
		isWhole: fromStart.some(isEnd) && keys.length >= fewestRecords(snapshots),
		torn: tornPages(pieces, areLinked),
	};
}

function toPieces<T>(
	snapshots: ReadonlyArray<Snapshot<T>>,
	getKey: (record: T) => string,
): Array<Piece<T>> {
	const placeOf = (page: number, state: number) => `${page} ${state}`;
	const earliest = new Map<string, Piece<T>>();
	let state = 0;
	const pieces = snapshots.map((snapshot, index) => {
		if (snapshot.total !== snapshots[index - 1]?.total) state++;
		const piece: Piece<T> = { ...snapshot, state, keys: keysOf(snapshot.records, getKey) };
		const place = placeOf(piece.page, state);
		if (!earliest.has(place)) earliest.set(place, piece);
		return piece;
	});
	for (const piece of pieces) {
		const previous = earliest.get(placeOf(piece.page - 1, piece.state));
		// Not one that was read after it. A list that grew at its start and shrank at its end in between
		// has the same total, and the record that moved from one page to the other is on neither.
		if (previous && previous.round <= piece.round) piece.previous = previous;
	}
	return pieces;
}

// Two records of one page are two records, even with the same key: a record that moves between pages
// never appears twice on the same page.
function keysOf<T>(records: readonly T[], getKey: (record: T) => string): string[] {
	const counts = new Map<string, number>();
	return records.map((record) => {
		const key = getKey(record);
		const nth = (counts.get(key) ?? 0) + 1;
		counts.set(key, nth);
		return `${nth} ${key}`;
	});
}

/** The smallest total, less the records that may have come and gone unseen. */
function fewestRecords<T>(snapshots: ReadonlyArray<Snapshot<T>>): number {
	const totals = snapshots.map(({ total }) => total);
	const changes = totals.map((total, index) => Math.abs(total - (totals[index - 1] ?? total)));
	return Math.min(...totals) - changes.reduce((sum, change) => sum + change, 0);
}

// An empty page behind the last one is an end, too.
const isEnd = <T>({ page, lastPage }: Snapshot<T>): boolean => page >= lastPage;

/** Links the pieces. Returns whether a chain of links connects two of them. */
function linksOf<T>(pieces: ReadonlyArray<Piece<T>>): AreLinked<T> {
	const parents = new Map<Piece<T>, Piece<T>>();
	const rootOf = (piece: Piece<T>): Piece<T> => {
		const parent = parents.get(piece);
		return parent ? rootOf(parent) : piece;
	};
	const link = (a: Piece<T>, b: Piece<T>) => {
		const [from, to] = [rootOf(a), rootOf(b)];
		if (from !== to) parents.set(from, to);
	};
	const holders = new Map<string, Piece<T>>();
	for (const piece of pieces) {
		for (const key of piece.keys) {
			const holder = holders.get(key);
			if (holder) link(piece, holder);
			else holders.set(key, piece);
		}
		if (piece.previous) link(piece, piece.previous);
	}
	return (a, b) => rootOf(a) === rootOf(b);
}

/** Merges the keys of linked pieces. Each piece is added where it touches one that was added before. */
function inListOrder<T>(pieces: ReadonlyArray<Piece<T>>): string[] {
	const merged: string[] = [];
	const known = new Set<string>();
	const added = new Set<Piece<T>>();
	const placeOf = (piece: Piece<T>): number | undefined => {
		const common = piece.keys.find((key) => known.has(key));
		if (common !== undefined) return merged.lastIndexOf(common);
		for (const other of added) {
			if (piece.previous === other) return merged.lastIndexOf(other.keys.at(-1) ?? '') + 1;
			if (other.previous === piece) return merged.lastIndexOf(other.keys[0] ?? '');
		}
		return undefined;
	};
	const waiting = [...pieces];
	while (waiting.length > 0) {
		const touching = waiting.findIndex((piece) => placeOf(piece) !== undefined);
		for (const piece of waiting.splice(Math.max(0, touching), 1)) {
			let at = placeOf(piece) ?? merged.length;
			for (const key of piece.keys) {
				if (known.has(key)) at = merged.lastIndexOf(key) + 1;
				else merged.splice(at++, 0, key);
				known.add(key);
			}
			added.add(piece);
		}
	}
	return merged;
}

/** The pages around each gap. Without one: the last page, unless it was the last when it was read. */
function tornPages<T>(pieces: ReadonlyArray<Piece<T>>, areLinked: AreLinked<T>): number[] {
	const latest = new Map(pieces.map((piece, index) => [piece.page, { piece, index }]));
	const torn = new Set<number>();
	for (const { piece, index } of latest.values()) {
		const next = latest.get(piece.page + 1);
		if (!next || areLinked(piece, next.piece)) continue;
		// If the list shrank between the two, what is missing is on the first page now. If it grew, it is
		// on the second.
		if (index < next.index) torn.add(piece.page);
		torn.add(next.piece.page);
	}
	const last = latest.get(pieces.at(-1)?.lastPage ?? 1)?.piece;
	if (torn.size === 0 && last && !isEnd(last)) torn.add(last.page);
	return [...torn].sort((a, b) => a - b);
}
