import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';

import {
	ACKNOWLEDGE,
	type Memory,
	recall,
	rememberWhenAnswered,
	storeNews,
	storeWhenAccepted,
} from '../../../../../nodes/RsomPay/webhook/acknowledge.ts';
import { Deliveries } from '../../../../../nodes/RsomPay/webhook/deliveries.ts';

type Response = Parameters<typeof rememberWhenAnswered>[2];

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
const readBack = (stored: IDataObject): Deliveries =>
	recall(webhookOf(stored, randomUUID()), 'deliveries').deliveries;

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
function remember(memory: Memory, eventId: string, response: unknown, waitsForEnd = false): void {
	rememberWhenAnswered(memory, eventId, response as Response);
	if (!waitsForEnd) storeWhenAccepted(memory, eventId, response as Response);
}

/** The memory of a trigger's deliveries. */
const memoryOf = (
	deliveries = new Deliveries(),
	staticData: IDataObject = {},
	returns = new Deliveries(),
): Memory => ({ deliveries, all: { deliveries, returns }, staticData });

test("the choices are n8n's response modes", () => {
	expect(ACKNOWLEDGE).toStrictEqual({ whenAccepted: 'onReceived', whenFinished: 'lastNode' });
});

describe('when the event is accepted', () => {
	test('a delivery is remembered once n8n has accepted and answered it', async () => {
		const deliveries = new Deliveries();
		const staticData: IDataObject = {};
		let stored: IDataObject = {};
		deliveries.claim('a');
		const reply = await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response);
			expect(deliveries.claim('a')).toBe('under way');
			stored = saved(staticData);
			response.setHeader('X-Test', '1').writeHead(200).end('{"message":"ok"}');
		});

		expect(reply).toStrictEqual({ status: 200, text: '{"message":"ok"}' });
		expect(deliveries.claim('a')).toBe('repeated');
		expect(readBack(stored).claim('a')).toBe('repeated');
	});

	test('a delivery that n8n failed to accept runs again', async () => {
		const deliveries = new Deliveries();
		deliveries.claim('a');
		await deliver((response) => {
			remember(memoryOf(deliveries), 'a', response);
			response.writeHead(500).end();
		});

		expect(deliveries.claim('a')).toBe('new');
	});

	test('a delivery that was saved, and then refused, runs again', async () => {
		const nodeId = randomUUID();
		const memory = recall(webhookOf({}, nodeId), 'deliveries');
		const { deliveries, staticData } = memory;
		let stored: IDataObject = {};
		deliveries.claim('a');
		await deliver((response) => {
			remember(memory, 'a', response);
			stored = saved(staticData);
			response.writeHead(500).end();
		});

		expect(recall(webhookOf(stored, nodeId), 'deliveries').deliveries.claim('a')).toBe('new');
	});

	test('a delivery that was refused is not remembered by what is saved later', async () => {
		const deliveries = new Deliveries();
		const staticData: IDataObject = {};
		deliveries.claim('a');
		await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response);
			response.writeHead(500).end();
		});

		expect(readBack(saved(staticData)).claim('a')).toBe('new');
		expect(deliveries.claim('a')).toBe('new');
	});
});

describe('when the workflow has finished', () => {
	test('a delivery is remembered when the answer says that it has succeeded', async () => {
		const deliveries = new Deliveries();
		const staticData: IDataObject = {};
		deliveries.claim('a');
		await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response, true);
			expect(staticData).toStrictEqual({});
			response.writeHead(200).end();
		});

		expect(deliveries.claim('a')).toBe('repeated');
	});

	test('it is written down with a later webhook, once', async () => {
		const deliveries = new Deliveries();
		const staticData: IDataObject = {};
		storeNews(memoryOf(deliveries, staticData));
		expect(staticData).toStrictEqual({});

		deliveries.claim('a');
		await deliver((response) => {
			remember(memoryOf(deliveries, staticData), 'a', response, true);
			response.writeHead(200).end();
		});
		storeNews(memoryOf(deliveries, staticData));
		expect(readBack(saved(staticData)).claim('a')).toBe('repeated');

		const untouched: IDataObject = {};
		storeNews(memoryOf(deliveries, untouched));
		expect(untouched).toStrictEqual({});
	});

	test('a workflow that fails is run again', async () => {
		const deliveries = new Deliveries();
		deliveries.claim('a');
		await deliver((response) => {
			remember(memoryOf(deliveries), 'a', response, true);
			response.writeHead(500).end();
		});

		expect(deliveries.claim('a')).toBe('new');
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
	remember(memoryOf(new Deliveries(), staticData), 'a', response);
	expect(changes).toStrictEqual(['deliveries', 'returns']);

	await new Promise((resolve) => setTimeout(resolve, 5));
	expect(changes).toStrictEqual(['deliveries', 'returns', 'deliveries', 'returns']);
});

test('what is saved holds all that was accepted meanwhile', () => {
	const deliveries = new Deliveries();
	const [first, second]: IDataObject[] = [{ kept: 1 }, {}];
	const response = { end: () => response, statusCode: 200 };
	deliveries.claim('a');
	deliveries.claim('b');
	// Both were loaded before either was saved; n8n saves each whole.
	remember(memoryOf(deliveries, first ?? {}), 'a', response);
	remember(memoryOf(deliveries, second ?? {}), 'b', response);
	const savedSecond = saved(second ?? {});
	const savedFirst = saved(first ?? {});

	expect(savedFirst.kept).toBe(1);
	expect(readBack(savedSecond).claim('b')).toBe('repeated');
	expect(['a', 'b'].map((id) => readBack(savedFirst).claim(id))).toStrictEqual([
		'repeated',
		'repeated',
	]);
});

test.each<[number, string]>([
	[200, 'repeated'],
	[204, 'repeated'],
	[299, 'repeated'],
	// A customer who is sent on.
	[302, 'repeated'],
	[399, 'repeated'],
	[199, 'new'],
	[400, 'new'],
	[404, 'new'],
	[503, 'new'],
])('an answer of %d makes the next delivery of it %s', (statusCode, claim) => {
	const deliveries = new Deliveries();
	const response = { end: () => response, statusCode };
	deliveries.claim('a');
	remember(memoryOf(deliveries), 'a', response, true);

	expect(deliveries.claim('a')).toBe('under way');
	response.end();
	expect(deliveries.claim('a')).toBe(claim);
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
		[200, false, 'repeated'],
		[200, true, 'repeated'],
		[500, false, 'new'],
		[500, true, 'new'],
	])(
		'does not change what n8n makes of it: %d (waits for the end: %j) → %s',
		async (status, waitsForEnd, claim) => {
			const deliveries = new Deliveries();
			const arrived = Promise.withResolvers<ServerResponse>();
			const server = createServer((_, response) => {
				deliveries.claim('a');
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
			expect(deliveries.claim('a')).toBe('under way');

			response.statusCode = status;
			response.end();
			expect(deliveries.claim('a')).toBe(claim);
			server.close();
		},
	);
});

describe('recall', () => {
	test('takes over what was stored', () => {
		const written = new Deliveries();
		written.claim('a');
		written.accept('a');

		expect(readBack({ deliveries: written.toString() }).claim('a')).toBe('repeated');
	});

	test('gives the static data itself, to be written to', () => {
		const staticData: IDataObject = { kept: 1 };

		expect(recall(webhookOf(staticData, randomUUID()), 'returns').staticData).toBe(staticData);
	});

	test('knows from webhook to webhook what n8n has not stored yet, for each trigger apart', () => {
		const nodeId = randomUUID();
		recall(webhookOf({}, nodeId), 'deliveries').deliveries.accept('a');
		const claim = (...trigger: [nodeId: string, workflowId?: string]) =>
			recall(webhookOf({}, ...trigger), 'deliveries').deliveries.claim('a');

		expect(claim(nodeId)).toBe('repeated');
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

		expect(deliveries.toString()).toBe('');
	});
});

describe('returns', () => {
	/** Has a delivery, or a return, accepted, and gives what is stored then. */
	const accept = (memory: Memory, id: string): IDataObject => {
		const response = { end: () => response, statusCode: 200 };
		memory.deliveries.claim(id);
		remember(memory, id, response);
		response.end();
		return saved(memory.staticData);
	};

	test('are remembered apart from deliveries', () => {
		const webhook = webhookOf({}, randomUUID());
		accept(recall(webhook, 'returns'), 'a');

		expect(recall(webhook, 'returns').deliveries.claim('a')).toBe('repeated');
		expect(recall(webhook, 'deliveries').deliveries.claim('a')).toBe('new');
	});

	/** What another process, or this one after a restart, makes of an event that is stored. */
	const claim = (stored: IDataObject, kind: Parameters<typeof recall>[1], id: string) =>
		recall(webhookOf(stored, randomUUID()), kind).deliveries.claim(id);

	test('are stored beside them, and read back from there', () => {
		const webhook = webhookOf({}, randomUUID());
		accept(recall(webhook, 'deliveries'), 'a');
		const stored = accept(recall(webhook, 'returns'), 'b');

		expect(Object.keys(stored)).toStrictEqual(['deliveries', 'returns']);
		expect(claim(stored, 'deliveries', 'a')).toBe('repeated');
		expect(claim(stored, 'deliveries', 'b')).toBe('new');
		expect(claim(stored, 'returns', 'a')).toBe('new');
		expect(claim(stored, 'returns', 'b')).toBe('repeated');
	});

	test.each(['deliveries', 'returns'] as const)(
		'are not undone by what was loaded before and is saved later, nor %s',
		(kind) => {
			const nodeId = randomUUID();
			const other = kind === 'returns' ? 'deliveries' : 'returns';
			// n8n loads what it stores for each webhook anew, and saves it whole.
			const late = recall(webhookOf({}, nodeId), other);
			accept(recall(webhookOf({}, nodeId), kind), 'a');
			const stored = accept(late, 'b');

			expect(claim(stored, kind, 'a')).toBe('repeated');
			expect(claim(stored, other, 'b')).toBe('repeated');
		},
	);

	test('are written down with a later webhook of either kind', () => {
		const staticData: IDataObject = {};
		const returns = new Deliveries();
		returns.claim('a');
		returns.accept('a');
		storeNews(memoryOf(new Deliveries(), staticData, returns));

		expect(Object.keys(staticData)).toStrictEqual(['deliveries', 'returns']);
		expect(claim(saved(staticData), 'returns', 'a')).toBe('repeated');
	});
});
