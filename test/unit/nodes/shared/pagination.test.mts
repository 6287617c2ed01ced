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

/** A list on a server, newest record first. It can change before each page is read. */
class ServerList {
	/** The numbers of the pages that were requested, in order. */
	readonly requested: number[] = [];

	active = 0;

	maxActive = 0;

	readonly records: string[];

	readonly #perPage: number;

	readonly #beforeRead: (list: ServerList, count: number) => void;

	/** @param beforeRead receives the number of pages requested before */
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
		this.maxActive = Math.max(this.maxActive, ++this.active);
		await new Promise((resolve) => setTimeout(resolve, 50));
		this.#beforeRead(this, this.requested.length);
		this.requested.push(page);
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

describe('a list that does not change', () => {
	test.each([
		[0, 1],
		[1, 1],
		[9, 1],
		[10, 1],
		[11, 2],
		[95, 10],
		[100, 10],
	])(
		'with %d records is returned in order, and each of its pages is read once: %d',
		async (count, pages) => {
			const server = new ServerList(numbered(count), 10);

			expect(await list(server)).toStrictEqual(numbered(count));
			expect(server.requested.toSorted((a, b) => a - b)).toStrictEqual(
				Array.from({ length: pages }, (_, index) => index + 1),
			);
		},
	);

	test('can report that it has no pages', async () => {
		const readPage = jest.fn(() => Promise.resolve({ records: [], total: 0, lastPage: 0 }));

		expect(
			await outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 })),
		).toStrictEqual([]);
		expect(readPage).toHaveBeenCalledTimes(1);
	});

	test('is read concurrently after its first page, up to the concurrency', async () => {
		const server = new ServerList(numbered(100), 10);
		await list(server, { concurrency: 3 });

		expect(server.maxActive).toBe(3);
		expect(server.requested[0]).toBe(1);
	});

	test('can have two records with the same key on one page', async () => {
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
	])('of %d is met exactly with as few pages as possible: %d', async (limit, pages) => {
		const server = new ServerList(numbered(95), 10);

		expect(await list(server, { limit })).toStrictEqual(numbered(95).slice(0, limit));
		expect(server.requested).toHaveLength(pages);
	});

	test('does not read a second page after an empty first page', async () => {
		const server = new ServerList([], 10);

		expect(await list(server, { limit: 50 })).toStrictEqual([]);
		expect(server.requested).toStrictEqual([1]);
	});
});

describe('a filter', () => {
	const filter = (record: string) => Number(record.slice(1)) % 10 === 0;
	const matching = (count: number) => numbered(count).filter(filter);

	test('is applied to all records', async () => {
		const server = new ServerList(numbered(95), 10);

		expect(await list(server, { filter })).toStrictEqual(matching(95));
		expect(server.requested).toHaveLength(10);
	});

	test('reads concurrently until the limit is reached', async () => {
		const server = new ServerList(numbered(1_000), 10);

		expect(await list(server, { filter, limit: 5 })).toStrictEqual(matching(50));
		expect(server.requested.toSorted()).toStrictEqual([1, 2, 3, 4, 5]);
		expect(server.maxActive).toBe(4);
	});

	test('reads only one page when it has enough records', async () => {
		const server = new ServerList(numbered(1_000), 10);

		expect(await list(server, { filter, limit: 1 })).toStrictEqual(['r10']);
		expect(server.requested).toStrictEqual([1]);
	});

	test('that matches nothing reads all pages', async () => {
		const server = new ServerList(numbered(95), 10);

		expect(await list(server, { filter: () => false, limit: 1 })).toStrictEqual([]);
		expect(server.requested).toHaveLength(10);
	});
});

describe('a list that changes while it is read', () => {
	/** Changes the list once, after `count` pages have been read. */
	const once = (count: number, change: (list: ServerList) => void) => {
		let isDone = false;
		return (server: ServerList, read: number) => {
			if (isDone || read < count) return;
			isDone = true;
			change(server);
		};
	};

	test('returns a record once when it moves to the next page', async () => {
		const grow = once(1, (server) => server.records.unshift('new'));
		const server = new ServerList(numbered(30), 10, grow);

		expect(await list(server)).toStrictEqual(numbered(30));
		expect(server.requested).toStrictEqual([1, 2, 3, 4]);
	});

	test('is read up to a page that is added meanwhile', async () => {
		const grow = once(2, (server) => server.records.unshift('new 2', 'new 1'));
		const server = new ServerList(numbered(30), 10, grow);

		expect(await list(server)).toStrictEqual(numbered(30));
		expect(server.requested).toContain(4);
	});

	/** Page 3 is read before the change, page 2 after it. */
	const readOutOfOrder = async (change: (records: string[]) => void) => {
		const server = new ServerList(numbered(30), 10);
		const { promise, resolve } = Promise.withResolvers<undefined>();
		const readPage = async (page: number): Promise<Page<string>> => {
			if (page === 2) await promise;
			const result = await server.readPage(page);
			if (page === 3 && server.records.length === 30) {
				change(server.records);
				resolve(undefined);
			}
			return result;
		};
		const records = await outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 }));
		return { records, requested: server.requested };
	};

	test('does not lose a record that moves to a page already read', async () => {
		// r20 is on page 2 when page 3 is read, and on page 3 when page 2 is read.
		const { records, requested } = await readOutOfOrder((all) => all.unshift('new'));

		expect(records).toStrictEqual(numbered(30));
		expect(requested).toStrictEqual([1, 3, 2, 4, 3]);
	});

	test('reads the two pages around a gap again when the list has shrunk', async () => {
		// r11 is on page 1 when page 2 is read.
		const shrink = once(1, (server) => server.records.shift());
		const server = new ServerList(numbered(100), 10, shrink);

		expect(await list(server)).toStrictEqual(numbered(100));
		expect(server.requested.slice(10)).toStrictEqual([1, 2]);
	});

	test('reads them again until there is no gap', async () => {
		const shrinks = [3, 11].map((count) => once(count, (server) => server.records.shift()));
		const server = new ServerList(numbered(100), 10, (changed, count) =>
			shrinks.forEach((shrink) => shrink(changed, count)),
		);

		expect(await list(server)).toStrictEqual(numbered(100));
		expect(server.requested.length).toBeLessThan(18);
	});

	test('is complete when it grows by more than a page', async () => {
		const grow = once(2, (server) =>
			server.records.unshift(...numbered(25).map((r) => `new ${r}`)),
		);
		const server = new ServerList(numbered(50), 10, grow);

		expect(await list(server, { concurrency: 1 })).toStrictEqual(
			expect.arrayContaining(numbered(50)),
		);
	});

	test('is complete when it shrinks by more than a page', async () => {
		const shrink = once(2, (server) => server.records.splice(0, 25));
		const server = new ServerList(numbered(60), 10, shrink);

		expect(await list(server, { concurrency: 1 })).toStrictEqual(
			expect.arrayContaining(numbered(60).slice(25)),
		);
	});

	test('is complete when a record enters it in the middle', async () => {
		const enter = once(4, (server) => server.records.splice(25, 0, 'paid meanwhile'));
		const records = await list(new ServerList(numbered(60), 10, enter), { concurrency: 1 });

		expect(records.filter((record) => record !== 'paid meanwhile')).toStrictEqual(numbered(60));
	});

	test('is not taken as unchanged when it has the same total again', async () => {
		// r11 leaves page 2 after page 1 was read; another record joins the list's end.
		const changes = [
			once(1, (server) => server.records.shift()),
			once(2, (server) => server.records.push('paid meanwhile')),
		];
		const server = new ServerList(numbered(40), 10, (changed, count) =>
			changes.forEach((change) => change(changed, count)),
		);
		const records = await list(server, { concurrency: 1 });

		expect(records).toStrictEqual(expect.arrayContaining(numbered(40)));
	});

	test('is read again when a record appears twice although the total is the same', async () => {
		const shift = once(1, ({ records }) => {
			records.unshift('new');
			records.pop();
		});
		const records = await list(new ServerList(numbered(20), 10, shift));

		expect(records).toStrictEqual(['new', ...numbered(19)]);
	});

	test('with a limit is complete down to the limit', async () => {
		const shrink = once(1, (server) => server.records.shift());
		const server = new ServerList(numbered(100), 10, shrink);

		expect(await list(server, { limit: 15 })).toStrictEqual(numbered(15));
		expect(server.requested).toStrictEqual([1, 2, 1, 2]);
	});

	test('is complete when it grows before every page', async () => {
		const server = new ServerList(numbered(30), 10, ({ records }, count) => {
			records.unshift(`new ${count}`);
		});
		const records = await list(server);

		expect(records).toStrictEqual(expect.arrayContaining(numbered(30)));
	});

	test('throws when it is another list for each page', async () => {
		const server = new ServerList(numbered(30), 10, ({ records }, count) => {
			records.splice(0, Infinity, ...numbered(30 + (count % 2)).map((r) => `${count} ${r}`));
		});

		const reading = list(server);
		await expect(reading).rejects.toThrow(ServiceError);
		await expect(reading).rejects.toMatchObject({
			message: 'The list kept changing while it was read',
			failure: { cause: 'temporarily-unavailable' },
		});
		expect(server.requested.length).toBeGreaterThan(8);
		expect(server.requested.length).toBeLessThanOrEqual(2 * 4 + 20);
	});

	test('throws when its total is higher than the number of its records', async () => {
		const readPage = jest.fn(() => Promise.resolve({ records: ['a'], total: 2, lastPage: 1 }));
		const reading = outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 }));

		await expect(reading).rejects.toThrow('The list kept changing while it was read');
		await expect(reading).rejects.toMatchObject({
			description: expect.stringMatching(
				`^After ${readPage.mock.calls.length} requests`,
			) as unknown,
		});
	});

	test('throws when only its first page is empty', async () => {
		const readPage = (page: number) =>
			Promise.resolve({ records: page === 1 ? [] : [`r${page}`], total: 2, lastPage: 2 });
		const reading = outcomeOf(readAllPages({ readPage, getKey: String, limit: 2, concurrency: 4 }));

		await expect(reading).rejects.toThrow('The list kept changing while it was read');
	});
});

test('throws the error of a page that cannot be read', async () => {
	const server = new ServerList(numbered(100), 10);
	const readPage = async (page: number) => {
		if (page === 7) throw new Error('no response');
		return await server.readPage(page);
	};

	await expect(
		outcomeOf(readAllPages({ readPage, getKey: String, concurrency: 4 })),
	).rejects.toThrow('no response');
});

describe('a list that changes at random while it is read', () => {
	type Change = 'grow' | { shrink: number };
	const grow = fc.constant<Change>('grow');
	const shrink = fc.nat(60).map((at): Change => ({ shrink: at }));

	const scenario = (change: fc.Arbitrary<Change>, concurrency: fc.Arbitrary<number>) =>
		fc.record({
			count: fc.nat(40),
			perPage: fc.integer({ min: 1, max: 10 }),
			concurrency,
			limit: fc.option(fc.integer({ min: 1, max: 45 }), { nil: undefined }),
			every: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
			// The changes before each read of a page.
			changes: fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 12 }),
			scheduler: fc.scheduler(),
		});
	type Scenario = ReturnType<typeof scenario> extends fc.Arbitrary<infer T> ? T : never;

	/** Reads the list, and asserts everything except its order. A newer record has a higher number. */
	async function readWhileItChanges(values: Scenario) {
		const { count, perPage, concurrency, limit, every, scheduler } = values;
		let newest = count;
		const now = Array.from({ length: count }, (_, index) => count - index);
		const ever = new Set(now);
		const throughout = new Set(now);
		const apply = (change: Change) => {
			if (change === 'grow') {
				now.unshift(++newest);
				ever.add(newest);
			} else {
				const [removed] = now.splice(change.shrink % Math.max(1, now.length), 1);
				if (removed !== undefined) throughout.delete(removed);
			}
		};
		const changes = values.changes.values();
		const readPage = async (page: number): Promise<Page<number>> => {
			await scheduler.schedule(Promise.resolve(), `page ${page}`);
			changes.next().value?.forEach(apply);
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
			return { records: [], throughout };
		}

		const records = result.value;
		expect(records.length).toBe(new Set(records).size);
		expect(records.length).toBeLessThanOrEqual(limit ?? Infinity);
		expect(records.filter((record) => !ever.has(record))).toStrictEqual([]);
		// A result cut off by the limit must be complete down to its oldest record.
		const oldest = records.length === limit ? Math.min(...records) : -Infinity;
		const expected = [...throughout].filter(filter ?? (() => true));
		expect(expected.filter((record) => record > oldest && !records.includes(record))).toStrictEqual(
			[],
		);
		return { records, throughout };
	}

	test('that grows is returned complete, in order and without duplicates, or throws', async () => {
		await fc.assert(
			fc.asyncProperty(scenario(grow, fc.integer({ min: 1, max: 5 })), async (values) => {
				const { records } = await readWhileItChanges(values);
				expect(records).toStrictEqual(records.toSorted((a, b) => b - a));
			}),
			{ numRuns: 300 },
		);
	});

	test('that shrinks is returned complete, and what stays in order, or throws', async () => {
		await fc.assert(
			fc.asyncProperty(scenario(shrink, fc.integer({ min: 1, max: 5 })), async (values) => {
				const { records, throughout } = await readWhileItChanges(values);
				const stayed = records.filter((record) => throughout.has(record));
				expect(stayed).toStrictEqual(stayed.toSorted((a, b) => b - a));
			}),
			{ numRuns: 300 },
		);
	});

	test('that grows and shrinks is returned complete and without duplicates, or throws', async () => {
		await fc.assert(
			fc.asyncProperty(scenario(fc.oneof(grow, shrink), fc.constant(1)), async (values) => {
				await readWhileItChanges(values);
			}),
			{ numRuns: 200 },
		);
	});
});

describe('a busy list', () => {
	const change = fc.oneof(
		fc.record({ kind: fc.constant('enters' as const), at: fc.nat(2_000) }),
		fc.record({ kind: fc.constant('leaves' as const), at: fc.nat(2_000) }),
		fc.constant({ kind: 'is new' as const, at: 0 }),
	);

	test('that changes with every seventh request is complete after at most twice the requests', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.record({
					count: fc.integer({ min: 200, max: 1_000 }),
					concurrency: fc.integer({ min: 1, max: 20 }),
					pause: fc.integer({ min: 7, max: 40 }),
					changes: fc.array(change, { minLength: 40, maxLength: 40 }),
				}),
				async ({ count, concurrency, pause, changes }) => {
					const throughout = new Set(numbered(count));
					const pending = changes.values();
					const server = new ServerList(numbered(count), 10, ({ records }, requests) => {
						const due = requests % pause === pause - 1 ? pending.next().value : undefined;
						if (due?.kind === 'leaves') throughout.delete(records.splice(due.at, 1)[0] ?? '');
						else if (due) records.splice(due.at, 0, `new ${requests}`);
					});

					const records = await list(server, { concurrency });

					const stayed = records.filter((record) => throughout.has(record));
					expect(stayed).toStrictEqual([...throughout]);
					expect(new Set(records).size).toBe(records.length);
					expect(server.requested.length).toBeLessThanOrEqual(2 * Math.ceil(count / 10));
				},
			),
			{ numRuns: 100 },
		);
	});
});

test('a filter that selects nothing takes one pass over a long list', async () => {
	const PAGES = 1_000;
	const start = performance.now();
	const page = (number: number) => ({
		records: Array.from({ length: 40 }, (_, index) => `${number} ${index}`),
		total: PAGES * 40,
		lastPage: PAGES,
	});

	const found = await readAllPages({
		readPage: async (number) => await Promise.resolve(page(number)),
		getKey: String,
		filter: () => false,
		limit: 50,
		concurrency: 1,
	});

	expect(found).toStrictEqual([]);
	// Assembling after each page took 30 seconds.
	expect(performance.now() - start).toBeLessThan(5_000);
});
