import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';

import {
	RESPOND_WHEN,
	type DedupeState,
	loadDedupeState,
	commitOnResponse,
	saveIfDirty,
	saveOnAccept,
} from '../../../../../nodes/RsomPay/webhook/dedupe.ts';
import { DedupeStore } from '../../../../../nodes/RsomPay/webhook/dedupeStore.ts';

type Response = Parameters<typeof commitOnResponse>[2];

/** What a database gives back of static data. */
const saved = (staticData: IDataObject) => JSON.parse(JSON.stringify(staticData)) as IDataObject;

/** What a webhook of one trigger has to do with its deliveries. */
const webhookOf = (staticData: IDataObject, nodeId: string, workflowId: string | undefined = 'W') =>
	({
		getWorkflow: () => ({ id: workflowId }),
		getNode: () => ({ id: nodeId }),
		getWorkflowStaticData: (scope: string) => (scope === 'node' ? staticData : {}),
	}) as unknown as IWebhookFunctions;

/** The deliveries as another process, or this one after a restart, would know them. */
const readBack = (stored: IDataObject): DedupeStore =>
	loadDedupeState(webhookOf(stored, randomUUID()), 'deliveries').store;

/** A delivery that came in over HTTP, answered by what the test does with the response. */
async function deliver(answer: (response: ServerResponse) => unknown) {
	let failure: unknown;
	const server = createServer((_, response) => {
		try {
			answer(response);
		} catch (error) {
			failure = error;
			response.destroy();
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	try {
		const reply = await fetch(`http://127.0.0.1:${address.port}/`, { method: 'POST' });
		return { status: reply.status, text: await reply.text() };
	} catch (error) {
		throw failure ?? error;
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

/** What the trigger does with a delivery that it has claimed. */
function remember(
	memory: DedupeState,
	eventId: string,
	response: unknown,
	waitsForEnd = false,
): void {
	commitOnResponse(memory, eventId, response as Response);
	if (!waitsForEnd) saveOnAccept(memory, eventId, response as Response);
}

/** The memory of a trigger's deliveries. */
const memoryOf = (
	deliveries = new DedupeStore(),
	staticData: IDataObject = {},
	returns = new DedupeStore(),
): DedupeState => ({ store: deliveries, all: { deliveries, returns }, staticData });

test("the choices are n8n's response modes", () => {
	expect(RESPOND_WHEN).toStrictEqual({ immediately: 'onReceived', workflowSucceeds: 'lastNode' });
});

describe('when the event is accepted', () => {
	test('a delivery is remembered once n8n has accepted and answered it', async () => {
		const deliveries = new DedupeStore();
		const staticData: IDataObject = {};
		let stored: IDataObject = {};
		deliveries.begin('a');
		const reply = await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response);
			expect(deliveries.begin('a')).toBe('inFlight');
			stored = saved(staticData);
			response.setHeader('X-Test', '1').writeHead(200).end('{"message":"ok"}');
		});

		expect(reply).toStrictEqual({ status: 200, text: '{"message":"ok"}' });
		expect(deliveries.begin('a')).toBe('duplicate');
		expect(readBack(stored).begin('a')).toBe('duplicate');
	});

	test('a delivery that n8n failed to accept runs again', async () => {
		const deliveries = new DedupeStore();
		deliveries.begin('a');
		await deliver((response) => {
			remember(memoryOf(deliveries), 'a', response);
			response.writeHead(500).end();
		});

		expect(deliveries.begin('a')).toBe('new');
	});

	test('a delivery that was saved, and then refused, runs again', async () => {
		const nodeId = randomUUID();
		const memory = loadDedupeState(webhookOf({}, nodeId), 'deliveries');
		const { store, staticData } = memory;
		let stored: IDataObject = {};
		store.begin('a');
		await deliver((response) => {
			remember(memory, 'a', response);
			stored = saved(staticData);
			response.writeHead(500).end();
		});

		expect(loadDedupeState(webhookOf(stored, nodeId), 'deliveries').store.begin('a')).toBe('new');
	});

	test('a delivery that was refused is not remembered by what is saved later', async () => {
		const deliveries = new DedupeStore();
		const staticData: IDataObject = {};
		deliveries.begin('a');
		await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response);
			response.writeHead(500).end();
		});

		expect(readBack(saved(staticData)).begin('a')).toBe('new');
		expect(deliveries.begin('a')).toBe('new');
	});
});

describe('when the workflow has finished', () => {
	test('a delivery is remembered when the answer says that it has succeeded', async () => {
		const deliveries = new DedupeStore();
		const staticData: IDataObject = {};
		deliveries.begin('a');
		await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response, true);
			expect(staticData).toStrictEqual({});
			response.writeHead(200).end();
		});

		expect(deliveries.begin('a')).toBe('duplicate');
	});

	test('it is written down with a later webhook, once', async () => {
		const deliveries = new DedupeStore();
		const staticData: IDataObject = {};
		saveIfDirty(memoryOf(deliveries, staticData));
		expect(staticData).toStrictEqual({});

		deliveries.begin('a');
		await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response, true);
			response.writeHead(200).end();
		});
		saveIfDirty(memoryOf(deliveries, staticData));
		expect(readBack(saved(staticData)).begin('a')).toBe('duplicate');

		const untouched: IDataObject = {};
		saveIfDirty(memoryOf(deliveries, untouched));
		expect(untouched).toStrictEqual({});
	});

	test('a workflow that fails is run again', async () => {
		const deliveries = new DedupeStore();
		deliveries.begin('a');
		await deliver((response) => {
			remember(memoryOf(deliveries), 'a', response, true);
			response.writeHead(500).end();
		});

		expect(deliveries.begin('a')).toBe('new');
	});
});

test('n8n is told of the change once more after it has made its own copy', async () => {
	const changes: unknown[] = [];
	const staticData = new Proxy<IDataObject>(
		{},
		{
			set: (target, name, value) => {
				changes.push(name);
				return Reflect.set(target, name, value);
			},
		},
	);
	const response = { end: () => response, statusCode: 200 };
	remember(memoryOf(new DedupeStore(), staticData), 'a', response);
	expect(changes).toStrictEqual(['deliveries', 'returns']);

	await new Promise((resolve) => setTimeout(resolve, 5));
	expect(changes).toStrictEqual(['deliveries', 'returns', 'deliveries', 'returns']);
});

test('what is saved holds all that was accepted meanwhile', () => {
	const deliveries = new DedupeStore();
	const [first, second]: IDataObject[] = [{ kept: 1 }, {}];
	const response = { end: () => response, statusCode: 200 };
	deliveries.begin('a');
	deliveries.begin('b');
	// Both were loaded before either was saved; n8n saves each whole.
	remember(memoryOf(deliveries, first ?? {}), 'a', response);
	remember(memoryOf(deliveries, second ?? {}), 'b', response);
	const savedSecond = saved(second ?? {});
	const savedFirst = saved(first ?? {});

	expect(savedFirst.kept).toBe(1);
	expect(readBack(savedSecond).begin('b')).toBe('duplicate');
	expect(['a', 'b'].map((id) => readBack(savedFirst).begin(id))).toStrictEqual([
		'duplicate',
		'duplicate',
	]);
});

test.each<[number, string]>([
	[200, 'duplicate'],
	[204, 'duplicate'],
	[299, 'duplicate'],
	// A customer who is sent on.
	[302, 'duplicate'],
	[399, 'duplicate'],
	[199, 'new'],
	[400, 'new'],
	[404, 'new'],
	[503, 'new'],
])('an answer of %d makes the next delivery of it %s', (statusCode, claim) => {
	const deliveries = new DedupeStore();
	const response = { end: () => response, statusCode };
	deliveries.begin('a');
	remember(memoryOf(deliveries), 'a', response, true);

	expect(deliveries.begin('a')).toBe('inFlight');
	response.end();
	expect(deliveries.begin('a')).toBe(claim);
});

test('the answer goes out as n8n gave it', () => {
	const end = jest.fn().mockReturnThis();
	const response = { end, statusCode: 200 };
	remember(memoryOf(), 'a', response);
	const done = () => undefined;

	expect(response.end('body', 'utf8', done)).toBe(response);
	expect(end.mock.calls).toStrictEqual([['body', 'utf8', done]]);
});

describe('a caller who hangs up early', () => {
	test.each<[number, boolean, string]>([
		[200, false, 'duplicate'],
		[200, true, 'duplicate'],
		[500, false, 'new'],
		[500, true, 'new'],
	])(
		'does not change what n8n makes of it: %d (waits for the end: %j) → %s',
		async (status, waitsForEnd, claim) => {
			const deliveries = new DedupeStore();
			const arrived = Promise.withResolvers<ServerResponse>();
			const server = createServer((_, response) => {
				deliveries.begin('a');
				remember(memoryOf(deliveries), 'a', response, waitsForEnd);
				arrived.resolve(response);
			});
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			const address = server.address();
			if (address === null || typeof address === 'string') throw new Error('no port');
			const call = request({ host: '127.0.0.1', port: address.port, method: 'POST' });
			call.on('error', () => undefined).end();

			const response = await arrived.promise;
			const closed = once(response, 'close');
			call.destroy();
			await closed;
			expect(deliveries.begin('a')).toBe('inFlight');

			response.statusCode = status;
			response.end();
			expect(deliveries.begin('a')).toBe(claim);
			server.close();
		},
	);
});

describe('recall', () => {
	test('takes over what was stored', () => {
		const written = new DedupeStore();
		written.begin('a');
		written.commit('a');

		expect(readBack({ deliveries: written.serialize() }).begin('a')).toBe('duplicate');
	});

	test('gives the static data itself, to be written to', () => {
		const staticData: IDataObject = { kept: 1 };

		expect(loadDedupeState(webhookOf(staticData, randomUUID()), 'returns').staticData).toBe(
			staticData,
		);
	});

	test('knows from webhook to webhook what n8n has not stored yet, for each trigger apart', () => {
		const nodeId = randomUUID();
		loadDedupeState(webhookOf({}, nodeId), 'deliveries').store.commit('a');
		const claim = (...trigger: [nodeId: string, workflowId?: string]) =>
			loadDedupeState(webhookOf({}, ...trigger), 'deliveries').store.begin('a');

		expect(claim(nodeId)).toBe('duplicate');
		expect(claim(nodeId, 'another')).toBe('new');
		expect(claim(randomUUID())).toBe('new');
	});

	test.each<[IDataObject]>([
		[{}],
		[{ deliveries: null }],
		[{ deliveries: 5 }],
		[{ deliveries: {} }],
		[{ deliveries: ['a'] }],
	])('passes over %j', (staticData) => {
		const deliveries = readBack(staticData);

		expect(deliveries.serialize()).toBe('');
	});
});

describe('returns', () => {
	/** Has a delivery, or a return, accepted, and gives what is stored then. */
	const accept = (memory: DedupeState, id: string): IDataObject => {
		const response = { end: () => response, statusCode: 200 };
		memory.store.begin(id);
		remember(memory, id, response);
		response.end();
		return saved(memory.staticData);
	};

	test('are remembered apart from deliveries', () => {
		const webhook = webhookOf({}, randomUUID());
		accept(loadDedupeState(webhook, 'returns'), 'a');

		expect(loadDedupeState(webhook, 'returns').store.begin('a')).toBe('duplicate');
		expect(loadDedupeState(webhook, 'deliveries').store.begin('a')).toBe('new');
	});

	/** What another process, or this one after a restart, makes of an event that is stored. */
	const claim = (stored: IDataObject, kind: Parameters<typeof loadDedupeState>[1], id: string) =>
		loadDedupeState(webhookOf(stored, randomUUID()), kind).store.begin(id);

	test('are stored beside them, and read back from there', () => {
		const webhook = webhookOf({}, randomUUID());
		accept(loadDedupeState(webhook, 'deliveries'), 'a');
		const stored = accept(loadDedupeState(webhook, 'returns'), 'b');

		expect(Object.keys(stored)).toStrictEqual(['deliveries', 'returns']);
		expect(claim(stored, 'deliveries', 'a')).toBe('duplicate');
		expect(claim(stored, 'deliveries', 'b')).toBe('new');
		expect(claim(stored, 'returns', 'a')).toBe('new');
		expect(claim(stored, 'returns', 'b')).toBe('duplicate');
	});

	test.each(['deliveries', 'returns'] as const)(
		'are not undone by what was loaded before and is saved later, nor %s',
		(kind) => {
			const nodeId = randomUUID();
			const other = kind === 'returns' ? 'deliveries' : 'returns';
			// n8n loads what it stores for each webhook anew, and saves it whole.
			const late = loadDedupeState(webhookOf({}, nodeId), other);
			accept(loadDedupeState(webhookOf({}, nodeId), kind), 'a');
			const stored = accept(late, 'b');

			expect(claim(stored, kind, 'a')).toBe('duplicate');
			expect(claim(stored, other, 'b')).toBe('duplicate');
		},
	);

	test('are written down with a later webhook of either kind', () => {
		const staticData: IDataObject = {};
		const returns = new DedupeStore();
		returns.begin('a');
		returns.commit('a');
		saveIfDirty(memoryOf(new DedupeStore(), staticData, returns));

		expect(Object.keys(staticData)).toStrictEqual(['deliveries', 'returns']);
		expect(claim(saved(staticData), 'returns', 'a')).toBe('duplicate');
	});
});
