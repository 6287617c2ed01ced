import { randomUUID } from 'node:crypto';
import type { INodeParameters } from 'n8n-workflow';

import { logged } from './harness/logs.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { visit } from './harness/visit.mts';
import type { PublishedWorkflow } from './harness/published-workflow.mts';

const bench = useRsomPay();

const ADDRESSES = {
	successUrl: 'https://partner.example.com/payment/success',
	pendingUrl: 'https://partner.example.com/payment/pending',
	failureUrl: 'https://partner.example.com/payment/failure',
};

/** An ID that no other test has asked for. */
let id = '';

beforeEach(() => {
	id = `INV-${randomUUID()}`;
	bench.simulator.control.configure({ events: [] });
});

const publish = async (parameters: INodeParameters = {}) =>
	await bench.publish({
		parameters: {
			events: ['customer.returned'],
			customerAnswer: 'redirect',
			options: { confirmSeconds: 0 },
			...ADDRESSES,
			...parameters,
		},
	});

const SETTLE = {
	issued: () => undefined,
	paid: () => bench.simulator.control.payInvoice(id),
	failed: () => bench.simulator.control.failInvoice(id),
	canceled: () => bench.simulator.control.cancelInvoice(id),
};

const createAs = async (status: keyof typeof SETTLE) => {
	await bench.create(id);
	SETTLE[status]();
};

const location = async (url: string, query: Record<string, string> | string) =>
	(await visit(url, query)).headers.get('location');

describe('a customer is sent on', () => {
	test.each([
		['paid', 'successUrl'],
		['failed', 'failureUrl'],
		['canceled', 'failureUrl'],
		['issued', 'pendingUrl'],
	] as const)('when it is %s to the %s, whatever the query claims', async (status, address) => {
		await createAs(status);
		const workflow = await publish();

		for (const claimed of ['success', 'pending', 'failed', 'paid']) {
			const answer = await visit(workflow.url, { external_id: id, status: claimed });

			expect([answer.status, answer.body]).toStrictEqual([302, '']);
			expect(answer.headers.get('location')).toBe(
				`${ADDRESSES[address]}?external_id=${id}&status=${status}`,
			);
			expect(answer.headers.get('cache-control')).toBe('no-store');
			expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
		}
		expect(workflow.executions.map(({ items }) => items[0]?.json)).toMatchObject([
			{ confirmed_paid: status === 'paid', confirmed_invoice: { status } },
		]);
	});

	test('to the pending address while nothing is known', async () => {
		const workflow = await publish();

		expect(await location(workflow.url, { external_id: id, status: 'success' })).toBe(
			`${ADDRESSES.pendingUrl}?external_id=${id}&status=pending`,
		);
		expect(await location(workflow.url, { status: 'success' })).toBe(
			`${ADDRESSES.pendingUrl}?status=pending`,
		);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('to the pending address when RsomPay cannot tell', async () => {
		await createAs('paid');
		const workflow = await publish();
		bench.simulator.control.injectFault({ kind: 'drop' });

		expect(await location(workflow.url, { external_id: id, status: 'success' })).toBe(
			`${ADDRESSES.pendingUrl}?external_id=${id}&status=pending`,
		);
		expect(workflow.executions).toStrictEqual([]);
		expect(logged('warn')).toHaveLength(1);
	});

	test('by the reference number, and told no more than they brought', async () => {
		await createAs('paid');
		const workflow = await publish();

		expect(await location(workflow.url, { reference_number: 'INV-42-001' })).toBe(
			`${ADDRESSES.successUrl}?status=paid`,
		);
	});

	test.each([
		[
			'https://partner.example.com/?page=pay&a=%20b',
			(added: string) => `https://partner.example.com/?page=pay&a=%20b&${added}`,
		],
		[
			'https://partner.example.com/#/paid',
			(added: string) => `https://partner.example.com/?${added}#/paid`,
		],
		['https://partner.example.com/?', (added: string) => `https://partner.example.com/?${added}`],
		['http://127.0.0.1:3000/paid', (added: string) => `http://127.0.0.1:3000/paid?${added}`],
		[
			'https://متجر.example.com/تم',
			(added: string) => `https://xn--pgbep1f.example.com/%D8%AA%D9%85?${added}`,
		],
	])('and what the address %s has already is kept', async (successUrl, expected) => {
		await createAs('paid');
		const workflow = await publish({ successUrl });

		expect(await location(workflow.url, { external_id: id })).toBe(
			expected(`external_id=${id}&status=paid`),
		);
	});

	test('even if Customer Returned is not chosen', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['payment.completed'] });

		expect(await location(workflow.url, { external_id: id })).toBe(
			`${ADDRESSES.successUrl}?external_id=${id}&status=paid`,
		);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('not when n8n could not accept it', async () => {
		await createAs('paid');
		const workflow = await publish();
		workflow.onAccept = () => {
			throw new Error('SQLITE_BUSY: database is locked');
		};

		expect((await visit(workflow.url, { external_id: id })).status).toBe(500);
		workflow.onAccept = () => undefined;
		expect((await visit(workflow.url, { external_id: id })).status).toBe(302);
		expect(workflow.executions).toHaveLength(1);
	});
});

describe('nothing in the query says where to', () => {
	const HOSTILE = [
		'//evil.example.com',
		'https://evil.example.com',
		'javascript:alert(1)',
		'\r\nLocation: https://evil.example.com',
		'%0d%0aLocation:%20https://evil.example.com',
		'@evil.example.com',
		'/../../evil.example.com',
		'\\\\evil.example.com',
		'x&status=paid',
		'x#status=paid',
		'x?status=paid',
		'&external_id=INV-OTHER',
		'\u2028\u0000',
	];

	/** The address that a customer is sent to, taken apart. */
	const sentTo = async (workflow: PublishedWorkflow, query: Record<string, string>) => {
		const { status, headers } = await visit(workflow.url, query);
		const url = new URL(headers.get('location') ?? '');
		const added = [...url.searchParams];
		url.search = '';
		return [status, url.href, added];
	};

	test('of an unknown invoice', async () => {
		const workflow = await publish();

		for (const hostile of HOSTILE) {
			const external_id = `${hostile}${id}`;
			expect(await sentTo(workflow, { external_id, status: 'success' })).toStrictEqual([
				302,
				ADDRESSES.pendingUrl,
				[
					['external_id', external_id.trim()],
					['status', 'pending'],
				],
			]);
		}
	});

	test('of one that there is', async () => {
		const ids = HOSTILE.map((hostile) => `${hostile}${id}`);
		await bench.create(...ids);
		const workflow = await publish();

		for (const hostile of ids) {
			// Without white space around it, as the node creates it.
			const external_id = hostile.trim();
			bench.simulator.control.payInvoice(external_id);
			expect(await sentTo(workflow, { external_id: hostile })).toStrictEqual([
				302,
				ADDRESSES.successUrl,
				[
					['external_id', external_id],
					['status', 'paid'],
				],
			]);
		}
		expect(workflow.executions).toHaveLength(HOSTILE.length);
	});

	test.each(['url', 'redirect', 'returnTo', 'successUrl', 'next', 'customerAnswer', 'location'])(
		'with a parameter "%s" of its own',
		async (name) => {
			await createAs('paid');
			const workflow = await publish();

			const query = { external_id: id, [name]: 'https://evil.example.com' };
			const { headers } = await visit(workflow.url, query);

			expect(headers.get('location')).toBe(`${ADDRESSES.successUrl}?external_id=${id}&status=paid`);
		},
	);

	test.each([
		(value: string) => `external_id=${value}&external_id=https://evil.example.com`,
		(value: string) => `external_id[]=${value}`,
		(value: string) => `external_id[a]=${value}`,
		(value: string) => `external_id=${value}${'x'.repeat(300)}`,
	])('with parameters that are no text (%#)', async (query) => {
		await createAs('paid');
		const workflow = await publish();

		expect(await location(workflow.url, query(id))).toBe(`${ADDRESSES.pendingUrl}?status=pending`);
		expect(workflow.executions).toStrictEqual([]);
	});
});

describe('an address that nobody can be sent to keeps the workflow from being published', () => {
	const ADDRESS = 'must be a whole address that begins with https://';

	test.each<[string, INodeParameters, string]>([
		['an empty one', { successUrl: '' }, "'Success URL' is empty"],
		['one that is only white space', { pendingUrl: '  ' }, "'Pending URL' is empty"],
		['one without https://', { failureUrl: 'partner.example.com' }, `'Failure URL' ${ADDRESS}`],
		['a path', { successUrl: '/thanks' }, `'Success URL' ${ADDRESS}`],
		['one without a scheme', { successUrl: '//partner.example.com' }, `'Success URL' ${ADDRESS}`],
		['a script', { successUrl: 'javascript:alert(1)' }, `'Success URL' ${ADDRESS}`],
		['a page of its own', { successUrl: 'data:text/html,x' }, `'Success URL' ${ADDRESS}`],
		['a file', { successUrl: 'file:///etc/passwd' }, `'Success URL' ${ADDRESS}`],
		['one with a space', { successUrl: 'https://partner example.com' }, `'Success URL' ${ADDRESS}`],
		['an expression', { successUrl: '={{ $json.x }}' }, "'Success URL' "],
		[
			'one that is too long',
			{ successUrl: `https://partner.example.com/${'x'.repeat(2_048)}` },
			"'Success URL' is too long",
		],
		[
			'the button of the page',
			{ customerAnswer: 'page', backUrl: 'javascript:alert(1)' },
			`'Button Link' ${ADDRESS}`,
		],
		[
			'a time that is too long',
			{ options: { confirmSeconds: 31 } },
			"'Confirmation Timeout (Seconds)' must be a whole number from 0 to 30",
		],
		['a time that is negative', { options: { confirmSeconds: -1 } }, "'Confirmation Timeout (Seconds)'"],
	])('%s', async (_what, parameters, message) => {
		const workflow = await publish(parameters);

		await expect(workflow.hook('create')).rejects.toThrow(message);
	});

	test('all that is wrong is told at once', async () => {
		const workflow = await publish({ successUrl: '', failureUrl: 'ftp://partner.example.com' });

		await expect(workflow.hook('create')).rejects.toThrow(
			`'Success URL' is empty; 'Failure URL' ${ADDRESS}`,
		);
	});

	test.each([
		{},
		{ customerAnswer: 'page', backUrl: '' },
		{ customerAnswer: 'page', backUrl: 'https://partner.example.com' },
		// Only what is shown in the panel counts.
		{ customerAnswer: 'page', successUrl: '', pendingUrl: '', failureUrl: '' },
		{ backUrl: 'nowhere' },
		{ options: { confirmSeconds: 30 } },
	])('right ones do not: %j', async (parameters) => {
		const workflow = await publish(parameters);

		expect(await workflow.hook('create')).toStrictEqual([true, true]);
	});
});
