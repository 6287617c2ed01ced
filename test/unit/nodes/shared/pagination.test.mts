import fc from 'fast-check';

import { type ListRequest, type Page, readAllPages } from '../../../../nodes/shared/pagination.ts';
import { ServiceError } from '../../../../nodes/shared/errors.ts';
import { outcomeOf } from '../../support.mts';

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

/** A list on a server, newest first, that may change before any page is read. */
class ServerList {
	/** The pages that were asked for, in order. */
	readonly asked: number[] = [];

	active = 0;

	most = 0;

	readonly records: string[];

	readonly #perPage: number;

	readonly #beforeRead: (list: ServerList, count: number) => void;

	/** @param beforeRead is given how many pages were asked for before */
	constructor(
		records: string[],
		perPage: number,
		beforeRead: (list: ServerList, count: number) => void = () => undefined,
	) {
		this.records = records;
		this.#perPage = perPage;
		this.#beforeRead = beforeRead;
	}

	readonly readPage = async (page: number): Promise<Page<string>> => {
		this.most = Math.max(this.most, ++this.active);
		await new Promise((resolve) => setTimeout(resolve, 50));
		this.#beforeRead(this, this.asked.length);
		this.asked.push(page);
		this.active--;
		return this.page(page);
	};

	page(page: number): Page<string> {
		return {
			records: this.records.slice((page - 1) * this.#perPage, page * this.#perPage),
			total: this.records.length,
			lastPage: Math.max(1, Math.ceil(this.records.length / this.#perPage)),
		};
	}
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `r${index + 1}`);

const list = (server: ServerList, request: Partial<ListRequest<string>> = {}) =>
	outcomeOf(
		readAllPages({
			readPage: server.readPage,
			getKey: (record) => record,
			concurrency: 4,
			...request,
		}),
	);

describe('a list that holds still', () => {
	test.each([
		[0, 1],
		[1, 1],
		[9, 1],
		[10, 1],
		[11, 2],
		[95, 10],
		[100, 10],
	])('of %d records is read in order, each of its pages once: %d', async (count, pages) => {
		const server = new ServerList(numbered(count), 10);

		expect(await list(server)).toStrictEqual(numbered(count));
		expect(server.asked.toSorted((a, b) => a - b)).toStrictEqual(
			Array.from({ length: pages }, (_, index) => index + 1),
		);
	});

	test('may say that it has no page at all', async () => {
		const readPage = jest.fn(() => Promise.resolve({ records: [], total: 0, lastPage: 0 }));

		expect(
			await outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 })),
		).toStrictEqual([]);
		expect(readPage).toHaveBeenCalledTimes(1);
	});

	test('is read side by side after its first page, no more pages at once than allowed', async () => {
		const server = new ServerList(numbered(100), 10);
		await list(server, { concurrency: 3 });

		expect(server.most).toBe(3);
		expect(server.asked[0]).toBe(1);
	});

	test('keeps records that are told by the same name, where they stand on one page', async () => {
		const server = new ServerList(['a', 'b', 'b', 'c'], 4);

		expect(await list(server)).toStrictEqual(['a', 'b', 'b', 'c']);
	});
});

describe('a limit', () => {
	test.each([
		[1, 1],
		[10, 1],
		[11, 2],
		[40, 4],
		[95, 10],
		[1_000, 10],
	])('of %d is kept exactly, reading no more pages than needed: %d', async (limit, pages) => {
		const server = new ServerList(numbered(95), 10);

		expect(await list(server, { limit })).toStrictEqual(numbered(95).slice(0, limit));
		expect(server.asked).toHaveLength(pages);
	});

	test('does not read beyond a first page that comes short', async () => {
		const server = new ServerList([], 10);

		expect(await list(server, { limit: 50 })).toStrictEqual([]);
		expect(server.asked).toStrictEqual([1]);
	});
});

describe('a filter', () => {
	const filter = (record: string) => Number(record.slice(1)) % 10 === 0;
	const kept = (count: number) => numbered(count).filter(filter);

	test('is applied to all records', async () => {
		const server = new ServerList(numbered(95), 10);

		expect(await list(server, { filter })).toStrictEqual(kept(95));
		expect(server.asked).toHaveLength(10);
	});

	test('reads until the limit is reached, as many pages at once as allowed', async () => {
		const server = new ServerList(numbered(1_000), 10);

		expect(await list(server, { filter, limit: 5 })).toStrictEqual(kept(50));
		expect(server.asked.toSorted()).toStrictEqual([1, 2, 3, 4, 5]);
		expect(server.most).toBe(4);
	});

	test('reads one page where that has enough', async () => {
		const server = new ServerList(numbered(1_000), 10);

		expect(await list(server, { filter, limit: 1 })).toStrictEqual(['r10']);
		expect(server.asked).toStrictEqual([1]);
	});

	test('that keeps nothing reads everything', async () => {
		const server = new ServerList(numbered(95), 10);

		expect(await list(server, { filter: () => false, limit: 1 })).toStrictEqual([]);
		expect(server.asked).toHaveLength(10);
	});
});

describe('a list that changes while it is read', () => {
	/** Changes the list once, before so many pages have been read. */
	const once = (count: number, change: (list: ServerList) => void) => {
		let isDone = false;
		return (server: ServerList, read: number) => {
			if (isDone || read < count) return;
			isDone = true;
			change(server);
		};
	};

	test('gives a record that shifts to the next page once', async () => {
		const grow = once(1, (server) => server.records.unshift('new'));
		const records = await list(new ServerList(numbered(30), 10, grow));

		expect(records).toStrictEqual(['new', ...numbered(30)]);
	});

	test('is read to the page that opens meanwhile', async () => {
		const grow = once(2, (server) => server.records.unshift('new 2', 'new 1'));
		const server = new ServerList(numbered(30), 10, grow);

		expect(await list(server)).toStrictEqual(['new 2', 'new 1', ...numbered(30)]);
		expect(server.asked).toContain(4);
	});

	test('does not lose a record that slips by to a page that was read before', async () => {
		// Page 3 is read before the list grows, page 2 after it: r20 is on neither of the two.
		const asked: Array<() => void> = [];
		const server = new ServerList(numbered(30), 10);
		const readPage = async (page: number): Promise<Page<string>> => {
			if (page === 2 && asked.length === 0)
				await new Promise<void>((resolve) => asked.push(resolve));
			const answer = await server.readPage(page);
			if (page === 3 && server.records.length === 30) {
				server.records.unshift('new');
				asked[0]?.();
			}
			return answer;
		};
		const records = await outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 }));

		expect(records).toStrictEqual(['new', ...numbered(30)]);
	});

	test('is read anew where a record came twice, though it has as many as before', async () => {
		const shift = once(1, ({ records }) => {
			records.unshift('new');
			records.pop();
		});
		const records = await list(new ServerList(numbered(20), 10, shift));

		expect(records).toStrictEqual(['new', ...numbered(19)]);
	});

	test('is read anew as soon as that is seen', async () => {
		const grow = once(1, (server) => server.records.unshift('new'));
		const server = new ServerList(numbered(30), 10, grow);
		await list(server, { filter: () => false, limit: 1, concurrency: 1 });

		expect(server.asked).toStrictEqual([1, 2, 1, 2, 3, 4]);
	});

	test('is read anew where it has lost a record', async () => {
		const shrink = once(1, (server) => server.records.shift());
		const records = await list(new ServerList(numbered(30), 10, shrink));

		expect(records).toStrictEqual(numbered(30).slice(1));
	});

	test('is not short where it grows and shrinks', async () => {
		// What is told to be gone in the first reading must not fill in for r11 in the second.
		const changes = new Map<number, (records: string[]) => void>([
			[0, (records) => records.unshift('new 1')],
			[1, (records) => records.unshift('new 2')],
			[3, (records) => records.splice(1, 2)],
			[4, (records) => records.unshift('new 3')],
			[5, (records) => records.unshift('new 4')],
			[7, (records) => records.shift()],
		]);
		const server = new ServerList(numbered(11), 4, ({ records }, count) => {
			changes.get(count)?.(records);
		});

		expect(await list(server, { concurrency: 1 })).toStrictEqual([
			'new 3',
			'new 2',
			...numbered(11).slice(1),
		]);
	});

	test('is an error where it never holds still, and is not read forever', async () => {
		const server = new ServerList(numbered(30), 10, ({ records }, count) => {
			records.unshift(`new ${count}`);
		});

		const reading = list(server);
		await expect(reading).rejects.toThrow(ServiceError);
		await expect(reading).rejects.toThrow('The list kept changing while it was read');
		expect(server.asked.length).toBeLessThan(100);
	});

	test('is an error where it says that it has more than it gives', async () => {
		const readPage = jest.fn(() => Promise.resolve({ records: ['a'], total: 2, lastPage: 1 }));
		const reading = outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 }));

		await expect(reading).rejects.toThrow('The list kept changing while it was read');
		await expect(reading).rejects.toMatchObject({
			description: expect.stringMatching(
				`^It was read ${readPage.mock.calls.length} times`,
			) as unknown,
		});
	});

	test('is an error where its first page is empty and others are not', async () => {
		const readPage = (page: number) =>
			Promise.resolve({ records: page === 1 ? [] : [`r${page}`], total: 2, lastPage: 2 });
		const reading = outcomeOf(readAllPages({ readPage, getKey: String, limit: 2, concurrency: 4 }));

		await expect(reading).rejects.toThrow('The list kept changing while it was read');
	});
});

test('a page that cannot be read is an error', async () => {
	const server = new ServerList(numbered(100), 10);
	const readPage = async (page: number) => {
		if (page === 7) throw new Error('no answer');
		return await server.readPage(page);
	};

	await expect(
		outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 })),
	).rejects.toThrow('no answer');
});

describe('whatever happens to the list while it is read', () => {
	type Change = 'grow' | { shrink: number };
	const grow = fc.constant<Change>('grow');
	const shrink = fc.nat(60).map((at): Change => ({ shrink: at }));

	const scene = (change: fc.Arbitrary<Change>, concurrency: fc.Arbitrary<number>) =>
		fc.record({
			count: fc.nat(40),
			perPage: fc.integer({ min: 1, max: 10 }),
			concurrency,
			limit: fc.option(fc.integer({ min: 1, max: 45 }), { nil: undefined }),
			every: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
			// What happens before each of the pages is read; nothing when they run out.
			changes: fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 12 }),
			scheduler: fc.scheduler(),
		});
	type Scene = ReturnType<typeof scene> extends fc.Arbitrary<infer T> ? T : never;

	/** Reads the list, and checks all but its order. Records are numbers: the newer, the higher. */
	async function readWhileItChanges(values: Scene): Promise<number[]> {
		const { count, perPage, concurrency, limit, every, scheduler } = values;
		let newest = count;
		const now = Array.from({ length: count }, (_, index) => count - index);
		const ever = new Set(now);
		const throughout = new Set(now);
		const happen = (change: Change) => {
			if (change === 'grow') {
				now.unshift(++newest);
				ever.add(newest);
			} else {
				const [gone] = now.splice(change.shrink % Math.max(1, now.length), 1);
				if (gone !== undefined) throughout.delete(gone);
			}
		};
		const changes = values.changes.values();
		const readPage = async (page: number): Promise<Page<number>> => {
			await scheduler.schedule(Promise.resolve(), `page ${page}`);
			changes.next().value?.forEach(happen);
			return {
				records: now.slice((page - 1) * perPage, page * perPage),
				total: now.length,
				lastPage: Math.max(1, Math.ceil(now.length / perPage)),
			};
		};
		const filter = every === undefined ? undefined : (record: number) => record % every === 0;
		const reading = outcomeOf(
			readAllPages({ readPage, getKey: String, filter, limit, concurrency }),
		);
		const [result] = await scheduler.waitFor(Promise.allSettled([reading]));
		if (result.status === 'rejected') {
			expect(result.reason).toBeInstanceOf(ServiceError);
			return [];
		}

		const records = result.value;
		expect(records.length).toBe(new Set(records).size);
		expect(records.length).toBeLessThanOrEqual(limit ?? Infinity);
		expect(records.filter((record) => !ever.has(record))).toStrictEqual([]);
		// Where the limit has cut it off, nothing may be missing up to there.
		const oldest = records.length === limit ? Math.min(...records) : -Infinity;
		const wanted = [...throughout].filter(filter ?? (() => true));
		expect(wanted.filter((record) => record > oldest && !records.includes(record))).toStrictEqual(
			[],
		);
		return records;
	}

	test.each<[string, fc.Arbitrary<Change>]>([
		['grows', grow],
		['shrinks', shrink],
	])(
		'a list that %s is complete and in order, or an error, with nothing twice',
		async (_, change) => {
			await fc.assert(
				fc.asyncProperty(scene(change, fc.integer({ min: 1, max: 5 })), async (values) => {
					const records = await readWhileItChanges(values);
					expect(records).toStrictEqual(records.toSorted((a, b) => b - a));
				}),
				{ numRuns: 300 },
			);
		},
	);

	test('a list that does both is complete or an error, with nothing twice', async () => {
		await fc.assert(
			fc.asyncProperty(scene(fc.oneof(grow, shrink), fc.constant(1)), async (values) => {
				await readWhileItChanges(values);
			}),
			{ numRuns: 200 },
		);
	});
});
