import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';

import {
	commitOnResponse,
	type DedupeState,
	loadDedupeState,
	saveIfDirty,
	saveOnAccept,
} from '../../../../../nodes/RsomPay/webhook/dedupe.ts';
import { DedupeStore } from '../../../../../nodes/RsomPay/webhook/dedupeStore.ts';

type Response = Parameters<typeof commitOnResponse>[2];

/** Static data as n8n loads it from its database after it was saved. */
const persisted = (staticData: IDataObject) =>
	JSON.parse(JSON.stringify(staticData)) as IDataObject;

/** The context of a webhook of one trigger. */
const webhookOf = (staticData: IDataObject, nodeId: string, workflowId: string | undefined = 'W') =>
	({
		getWorkflow: () => ({ id: workflowId }),
		getNode: () => ({ id: nodeId }),
		getWorkflowStaticData: (scope: string) => (scope === 'node' ? staticData : {}),
	}) as unknown as IWebhookFunctions;

/** The store of deliveries as another process loads it, or this one after a restart. */
const loadElsewhere = (stored: IDataObject): DedupeStore =>
	loadDedupeState(webhookOf(stored, randomUUID()), 'deliveries').store;

/** Sends a delivery over HTTP, and returns the response that `handle` sends. */
async function deliver(handle: (response: ServerResponse) => unknown) {
	let failure: unknown;
	const server = createServer((_, response) => {
		try {
			handle(response);
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

/** Handles a new delivery as the trigger does. */
function commitAndSave(
	state: DedupeState,
	eventId: string,
	response: unknown,
	whenWorkflowSucceeds = false,
): void {
	commitOnResponse(state, eventId, response as Response);
	if (!whenWorkflowSucceeds) saveOnAccept(state, eventId, response as Response);
}

/** The dedupe state of a webhook about a delivery. */
const stateOf = (
	store = new DedupeStore(),
	staticData: IDataObject = {},
	returns = new DedupeStore(),
): DedupeState => ({ store, all: { deliveries: store, returns }, staticData });

describe("'Respond: Immediately'", () => {
	test('commits and saves a delivery when n8n has accepted it and responds', async () => {
		const store = new DedupeStore();
		const staticData: IDataObject = {};
		let stored: IDataObject = {};
		store.begin('a');
		const reply = await deliver((response) => {
			commitAndSave(stateOf(store, staticData), 'a', response);
			expect(store.begin('a')).toBe('inFlight');
			stored = persisted(staticData);
			response.setHeader('X-Test', '1').writeHead(200).end('{"message":"ok"}');
		});

		expect(reply).toStrictEqual({ status: 200, text: '{"message":"ok"}' });
		expect(store.begin('a')).toBe('duplicate');
		expect(loadElsewhere(stored).begin('a')).toBe('duplicate');
	});

	test('rolls a delivery back when n8n responds with an error', async () => {
		const store = new DedupeStore();
		store.begin('a');
		await deliver((response) => {
			commitAndSave(stateOf(store), 'a', response);
			response.writeHead(500).end();
		});

		expect(store.begin('a')).toBe('new');
	});

	test('rolls a saved delivery back when n8n responds with an error afterwards', async () => {
		const nodeId = randomUUID();
		const state = loadDedupeState(webhookOf({}, nodeId), 'deliveries');
		const { store, staticData } = state;
		let stored: IDataObject = {};
		store.begin('a');
		await deliver((response) => {
			commitAndSave(state, 'a', response);
			stored = persisted(staticData);
			response.writeHead(500).end();
		});

		expect(loadDedupeState(webhookOf(stored, nodeId), 'deliveries').store.begin('a')).toBe('new');
	});

	test('does not save a delivery after n8n has responded with an error', async () => {
		const store = new DedupeStore();
		const staticData: IDataObject = {};
		store.begin('a');
		await deliver((response) => {
			commitAndSave(stateOf(store, staticData), 'a', response);
			response.writeHead(500).end();
		});

		expect(loadElsewhere(persisted(staticData)).begin('a')).toBe('new');
		expect(store.begin('a')).toBe('new');
	});
});

describe("'Respond: When Workflow Succeeds'", () => {
	test('commits a delivery when n8n responds with success, and does not save it', async () => {
		const store = new DedupeStore();
		const staticData: IDataObject = {};
		store.begin('a');
		await deliver((response) => {
			commitAndSave(stateOf(store, staticData), 'a', response, true);
			expect(staticData).toStrictEqual({});
			response.writeHead(200).end();
		});

		expect(store.begin('a')).toBe('duplicate');
	});

	test('saves the delivery once, with a later webhook', async () => {
		const store = new DedupeStore();
		const staticData: IDataObject = {};
		saveIfDirty(stateOf(store, staticData));
		expect(staticData).toStrictEqual({});

		store.begin('a');
		await deliver((response) => {
			commitAndSave(stateOf(store, staticData), 'a', response, true);
			response.writeHead(200).end();
		});
		saveIfDirty(stateOf(store, staticData));
		expect(loadElsewhere(persisted(staticData)).begin('a')).toBe('duplicate');

		const saved = persisted(staticData);
		saveIfDirty(stateOf(store, Object.freeze(saved)));
	});

	test('saves deliveries again that another process has overwritten', () => {
		const nodeId = randomUUID();
		loadDedupeState(webhookOf({}, nodeId), 'deliveries').store.commit('a');
		const other = new DedupeStore();
		other.commit('b');
		const staticData: IDataObject = { deliveries: other.serialize(), other: 1 };
		saveIfDirty(loadDedupeState(webhookOf(staticData, nodeId), 'deliveries'));

		const stored = persisted(staticData);
		expect(stored.other).toBe(1);
		expect(['a', 'b', 'c'].map((id) => loadElsewhere(stored).begin(id))).toStrictEqual([
			'duplicate',
			'duplicate',
			'new',
		]);
	});

	test('rolls a delivery back when the workflow fails', async () => {
		const store = new DedupeStore();
		store.begin('a');
		await deliver((response) => {
			commitAndSave(stateOf(store), 'a', response, true);
			response.writeHead(500).end();
		});

		expect(store.begin('a')).toBe('new');
	});
});

test('marks the static data as changed again after n8n has copied it', async () => {
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
	commitAndSave(stateOf(new DedupeStore(), staticData), 'a', response);
	expect(changes).toStrictEqual(['deliveries', 'returns']);

	await new Promise((resolve) => setTimeout(resolve, 5));
	expect(changes).toStrictEqual(['deliveries', 'returns', 'deliveries', 'returns']);
});

test('saves the deliveries that were accepted meanwhile, too', () => {
	const store = new DedupeStore();
	const [first, second]: IDataObject[] = [{ other: 1 }, {}];
	const response = { end: () => response, statusCode: 200 };
	store.begin('a');
	store.begin('b');
	// Both were loaded before either was saved. n8n saves all static data of each.
	commitAndSave(stateOf(store, first ?? {}), 'a', response);
	commitAndSave(stateOf(store, second ?? {}), 'b', response);
	const savedSecond = persisted(second ?? {});
	const savedFirst = persisted(first ?? {});

	expect(savedFirst.other).toBe(1);
	expect(loadElsewhere(savedSecond).begin('b')).toBe('duplicate');
	expect(['a', 'b'].map((id) => loadElsewhere(savedFirst).begin(id))).toStrictEqual([
		'duplicate',
		'duplicate',
	]);
});

test.each<[number, string]>([
	[200, 'duplicate'],
	[204, 'duplicate'],
	[299, 'duplicate'],
	// A customer who is redirected.
	[302, 'duplicate'],
	[399, 'duplicate'],
	[199, 'new'],
	[400, 'new'],
	[404, 'new'],
	[503, 'new'],
])('after a response with %d the next delivery is %s', (statusCode, result) => {
	const store = new DedupeStore();
	const response = { end: () => response, statusCode };
	store.begin('a');
	commitAndSave(stateOf(store), 'a', response, true);

	expect(store.begin('a')).toBe('inFlight');
	response.end();
	expect(store.begin('a')).toBe(result);
});

test('passes the arguments and the result of end() through', () => {
	const end = jest.fn().mockReturnThis();
	const response = { end, statusCode: 200 };
	commitAndSave(stateOf(), 'a', response);
	const done = () => undefined;

	expect(response.end('body', 'utf8', done)).toBe(response);
	expect(end.mock.calls).toStrictEqual([['body', 'utf8', done]]);
});

describe('when the caller closes the connection early', () => {
	test.each<[number, boolean, string]>([
		[200, false, 'duplicate'],
		[200, true, 'duplicate'],
		[500, false, 'new'],
		[500, true, 'new'],
	])(
		'follows the status of n8n: %d (when the workflow succeeds: %j) → %s',
		async (status, whenWorkflowSucceeds, result) => {
			const store = new DedupeStore();
			const arrived = Promise.withResolvers<ServerResponse>();
			const server = createServer((_, response) => {
				store.begin('a');
				commitAndSave(stateOf(store), 'a', response, whenWorkflowSucceeds);
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
			expect(store.begin('a')).toBe('inFlight');

			response.statusCode = status;
			response.end();
			expect(store.begin('a')).toBe(result);
			server.close();
		},
	);
});

describe('loadDedupeState', () => {
	test('merges the saved entries', () => {
		const saved = new DedupeStore();
		saved.begin('a');
		saved.commit('a');

		expect(loadElsewhere({ deliveries: saved.serialize() }).begin('a')).toBe('duplicate');
	});

	test('returns the static data itself, so that it can be changed', () => {
		const staticData: IDataObject = { other: 1 };

		expect(loadDedupeState(webhookOf(staticData, randomUUID()), 'returns').staticData).toBe(
			staticData,
		);
	});

	test('returns the same store for each webhook of a trigger, before n8n has saved it', () => {
		const nodeId = randomUUID();
		loadDedupeState(webhookOf({}, nodeId), 'deliveries').store.commit('a');
		const begin = (...trigger: [nodeId: string, workflowId?: string]) =>
			loadDedupeState(webhookOf({}, ...trigger), 'deliveries').store.begin('a');

		expect(begin(nodeId)).toBe('duplicate');
		expect(begin(nodeId, 'another')).toBe('new');
		expect(begin(randomUUID())).toBe('new');
	});

	test.each<[IDataObject]>([
		[{}],
		[{ deliveries: null }],
		[{ deliveries: 5 }],
		[{ deliveries: {} }],
		[{ deliveries: ['a'] }],
	])('loads nothing from %j', (staticData) => {
		const store = loadElsewhere(staticData);

		expect(store.serialize()).toBe('');
	});
});

describe('customer returns', () => {
	/** Accepts a delivery or a customer's return, and returns the static data that n8n saves. */
	const accept = (state: DedupeState, id: string): IDataObject => {
		const response = { end: () => response, statusCode: 200 };
		state.store.begin(id);
		commitAndSave(state, id, response);
		response.end();
		return persisted(state.staticData);
	};

	test('are deduped apart from deliveries', () => {
		const webhook = webhookOf({}, randomUUID());
		accept(loadDedupeState(webhook, 'returns'), 'a');

		expect(loadDedupeState(webhook, 'returns').store.begin('a')).toBe('duplicate');
		expect(loadDedupeState(webhook, 'deliveries').store.begin('a')).toBe('new');
	});

	/** Begins a delivery or a return in another process, or in this one after a restart. */
	const begin = (stored: IDataObject, kind: Parameters<typeof loadDedupeState>[1], id: string) =>
		loadDedupeState(webhookOf(stored, randomUUID()), kind).store.begin(id);

	test('are saved beside deliveries, and loaded from there', () => {
		const webhook = webhookOf({}, randomUUID());
		accept(loadDedupeState(webhook, 'deliveries'), 'a');
		const stored = accept(loadDedupeState(webhook, 'returns'), 'b');

		expect(Object.keys(stored)).toStrictEqual(['deliveries', 'returns']);
		expect(begin(stored, 'deliveries', 'a')).toBe('duplicate');
		expect(begin(stored, 'deliveries', 'b')).toBe('new');
		expect(begin(stored, 'returns', 'a')).toBe('new');
		expect(begin(stored, 'returns', 'b')).toBe('duplicate');
	});

	test.each(['deliveries', 'returns'] as const)(
		'a later save of a state that was loaded before does not undo accepted %s',
		(kind) => {
			const nodeId = randomUUID();
			const other = kind === 'returns' ? 'deliveries' : 'returns';
			// n8n loads the static data for each webhook, and saves all of it.
			const late = loadDedupeState(webhookOf({}, nodeId), other);
			accept(loadDedupeState(webhookOf({}, nodeId), kind), 'a');
			const stored = accept(late, 'b');

			expect(begin(stored, kind, 'a')).toBe('duplicate');
			expect(begin(stored, other, 'b')).toBe('duplicate');
		},
	);

	test('are saved with a later webhook of either kind', () => {
		const staticData: IDataObject = {};
		const returns = new DedupeStore();
		returns.begin('a');
		returns.commit('a');
		saveIfDirty(stateOf(new DedupeStore(), staticData, returns));

		expect(Object.keys(staticData)).toStrictEqual(['deliveries', 'returns']);
		expect(begin(persisted(staticData), 'returns', 'a')).toBe('duplicate');
	});
});
