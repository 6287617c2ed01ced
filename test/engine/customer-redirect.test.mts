import { randomUUID } from 'node:crypto';
import type { INodeParameters } from 'n8n-workflow';

import { logged } from './harness/logs.mts';
import { useRsomPay } from './harness/rsompay.mts';
import { speedUp } from './harness/time.mts';
import { visit } from './harness/visit.mts';
import type { PublishedWorkflow } from './harness/published-workflow.mts';

const bench = useRsomPay();

const REDIRECT_URLS = {
	successUrl: 'https://partner.example.com/payment/success',
	pendingUrl: 'https://partner.example.com/payment/pending',
	failureUrl: 'https://partner.example.com/payment/failure',
};

/** An ID of this test alone: the trigger caches unknown invoices. */
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
			...REDIRECT_URLS,
			...parameters,
		},
	});

const CHANGE_TO = {
	issued: () => undefined,
	paid: () => bench.simulator.control.payInvoice(id),
	failed: () => bench.simulator.control.failInvoice(id),
	canceled: () => bench.simulator.control.cancelInvoice(id),
};

const createAs = async (status: keyof typeof CHANGE_TO) => {
	await bench.create(id);
	CHANGE_TO[status]();
};

const location = async (url: string, query: Record<string, string> | string) =>
	(await visit(url, query)).headers.get('location');

describe('redirects the customer', () => {
	test.each([
		['paid', 'successUrl'],
		['failed', 'failureUrl'],
		['canceled', 'failureUrl'],
		['issued', 'pendingUrl'],
	] as const)(
		'of an invoice that is %s to %s with any status in the query',
		async (status, target) => {
			await createAs(status);
			const workflow = await publish();

			for (const claimed of ['success', 'pending', 'failed', 'paid']) {
				const response = await visit(workflow.url, { external_id: id, status: claimed });

				// An earlier attempt may have failed while the payment is being confirmed.
				const isPending =
					status === 'issued' || (status === 'failed' && /success|pending/.test(claimed));
				expect([response.status, response.body]).toStrictEqual([302, '']);
				expect(response.headers.get('location')).toBe(
					isPending
						? `${REDIRECT_URLS.pendingUrl}?external_id=${id}&status=pending`
						: `${REDIRECT_URLS[target]}?external_id=${id}&status=${status}`,
				);
				expect(response.headers.get('cache-control')).toBe('no-store');
				expect(response.headers.get('referrer-policy')).toBe('no-referrer');
			}
			expect(workflow.executions.map(({ items }) => items[0]?.json)).toMatchObject([
				{ confirmed_paid: status === 'paid', confirmed_invoice: { status } },
			]);
		},
	);

	test('to the pending URL when the invoice is unknown', async () => {
		const workflow = await publish();

		expect(await location(workflow.url, { external_id: id, status: 'success' })).toBe(
			`${REDIRECT_URLS.pendingUrl}?external_id=${id}&status=pending`,
		);
		expect(await location(workflow.url, { status: 'success' })).toBe(
			`${REDIRECT_URLS.pendingUrl}?status=pending`,
		);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('to the pending URL when RsomPay does not respond', async () => {
		await createAs('paid');
		const workflow = await publish();
		bench.simulator.control.injectFault({ kind: 'drop' });

		expect(await location(workflow.url, { external_id: id, status: 'success' })).toBe(
			`${REDIRECT_URLS.pendingUrl}?external_id=${id}&status=pending`,
		);
		expect(workflow.executions).toStrictEqual([]);
		expect(logged('warn')).toHaveLength(1);
	});

	test('with a reference number only, and adds no external ID', async () => {
		await createAs('paid');
		const workflow = await publish();

		expect(await location(workflow.url, { reference_number: 'INV-42-001' })).toBe(
			`${REDIRECT_URLS.successUrl}?status=paid`,
		);
	});

	test.each([
		[
			'https://partner.example.com/?page=pay&a=%20b',
			(query: string) => `https://partner.example.com/?page=pay&a=%20b&${query}`,
		],
		[
			'https://partner.example.com/#/paid',
			(query: string) => `https://partner.example.com/?${query}#/paid`,
		],
		['https://partner.example.com/?', (query: string) => `https://partner.example.com/?${query}`],
		['http://127.0.0.1:3000/paid', (query: string) => `http://127.0.0.1:3000/paid?${query}`],
		[
			'https://متجر.example.com/تم',
			(query: string) => `https://xn--pgbep1f.example.com/%D8%AA%D9%85?${query}`,
		],
	])('and keeps the query and the fragment of %s', async (successUrl, expected) => {
		await createAs('paid');
		const workflow = await publish({ successUrl });

		expect(await location(workflow.url, { external_id: id })).toBe(
			expected(`external_id=${id}&status=paid`),
		);
	});

	test('when Customer Returned is not selected', async () => {
		await createAs('paid');
		const workflow = await publish({ events: ['payment.completed'] });

		expect(await location(workflow.url, { external_id: id })).toBe(
			`${REDIRECT_URLS.successUrl}?external_id=${id}&status=paid`,
		);
		expect(workflow.executions).toStrictEqual([]);
	});

	test('only after n8n has accepted the execution', async () => {
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

describe('ignores redirect targets in the query', () => {
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

	/** The status, the URL without its query, and the query of a redirect. */
	const redirectOf = async (workflow: PublishedWorkflow, query: Record<string, string>) => {
		const { status, headers } = await visit(workflow.url, query);
		const url = new URL(headers.get('location') ?? '');
		const parameters = [...url.searchParams];
		url.search = '';
		return [status, url.href, parameters];
	};

	test('of an unknown invoice', async () => {
		speedUp(5);
		const workflow = await publish();

		for (const hostile of HOSTILE) {
			const external_id = `${hostile}${id}`;
			expect(await redirectOf(workflow, { external_id, status: 'success' })).toStrictEqual([
				302,
				REDIRECT_URLS.pendingUrl,
				[
					['external_id', external_id.trim()],
					['status', 'pending'],
				],
			]);
		}
	});

	test('of an existing invoice', async () => {
		const ids = HOSTILE.map((hostile) => `${hostile}${id}`);
		await bench.create(...ids);
		const workflow = await publish();

		for (const hostile of ids) {
			// Without white space around it, as the node creates it.
			const external_id = hostile.trim();
			bench.simulator.control.payInvoice(external_id);
			expect(await redirectOf(workflow, { external_id: hostile })).toStrictEqual([
				302,
				REDIRECT_URLS.successUrl,
				[
					['external_id', external_id],
					['status', 'paid'],
				],
			]);
		}
		expect(workflow.executions).toHaveLength(HOSTILE.length);
	});

	test.each(['url', 'redirect', 'returnTo', 'successUrl', 'next', 'customerAnswer', 'location'])(
		'in a parameter "%s"',
		async (name) => {
			await createAs('paid');
			const workflow = await publish();

			const query = { external_id: id, [name]: 'https://evil.example.com' };
			const { headers } = await visit(workflow.url, query);

			expect(headers.get('location')).toBe(
				`${REDIRECT_URLS.successUrl}?external_id=${id}&status=paid`,
			);
		},
	);

	test.each([
		(value: string) => `external_id=${value}&external_id=https://evil.example.com`,
		(value: string) => `external_id[]=${value}`,
		(value: string) => `external_id[a]=${value}`,
		(value: string) => `external_id=${value}${'x'.repeat(300)}`,
	])('in parameters that are not text (%#)', async (query) => {
		await createAs('paid');
		const workflow = await publish();

		expect(await location(workflow.url, query(id))).toBe(
			`${REDIRECT_URLS.pendingUrl}?status=pending`,
		);
		expect(workflow.executions).toStrictEqual([]);
	});
});

describe('publishing fails for', () => {
	const INVALID = 'must be a whole address that begins with https://';

	test.each<[string, INodeParameters, string]>([
		['an empty URL', { successUrl: '' }, "'Success URL' is empty"],
		['a URL of white space', { pendingUrl: '  ' }, "'Pending URL' is empty"],
		['a URL without https://', { failureUrl: 'partner.example.com' }, `'Failure URL' ${INVALID}`],
		['a path', { successUrl: '/thanks' }, `'Success URL' ${INVALID}`],
		['a URL without a scheme', { successUrl: '//partner.example.com' }, `'Success URL' ${INVALID}`],
		['a javascript: URL', { successUrl: 'javascript:alert(1)' }, `'Success URL' ${INVALID}`],
		['a data: URL', { successUrl: 'data:text/html,x' }, `'Success URL' ${INVALID}`],
		['a file: URL', { successUrl: 'file:///etc/passwd' }, `'Success URL' ${INVALID}`],
		[
			'a URL with a space',
			{ successUrl: 'https://partner example.com' },
			`'Success URL' ${INVALID}`,
		],
		['an expression', { successUrl: '={{ $json.x }}' }, "'Success URL' "],
		[
			'a URL that is too long',
			{ successUrl: `https://partner.example.com/${'x'.repeat(2_048)}` },
			"'Success URL' is too long",
		],
		[
			'an invalid Button Link',
			{ customerAnswer: 'page', backUrl: 'javascript:alert(1)' },
			`'Button Link' ${INVALID}`,
		],
		[
			'a confirmation time that is too long',
			{ options: { confirmSeconds: 31 } },
			"'Confirmation Timeout (Seconds)' must be a whole number from 0 to 30",
		],
		[
			'a negative confirmation time',
			{ options: { confirmSeconds: -1 } },
			"'Confirmation Timeout (Seconds)'",
		],
	])('%s', async (_what, parameters, message) => {
		const workflow = await publish(parameters);

		await expect(workflow.hook('create')).rejects.toThrow(message);
	});

	test('several invalid URLs with one message', async () => {
		const workflow = await publish({ successUrl: '', failureUrl: 'ftp://partner.example.com' });

		await expect(workflow.hook('create')).rejects.toThrow(
			`'Success URL' is empty; 'Failure URL' ${INVALID}`,
		);
	});
});

describe('publishing succeeds', () => {
	test.each([
		{},
		{ customerAnswer: 'page', backUrl: '' },
		{ customerAnswer: 'page', backUrl: 'https://partner.example.com' },
		// Hidden fields are not validated.
		{ customerAnswer: 'page', successUrl: '', pendingUrl: '', failureUrl: '' },
		{ backUrl: 'nowhere' },
		{ options: { confirmSeconds: 30 } },
	])('with %j', async (parameters) => {
		const workflow = await publish(parameters);

		expect(await workflow.hook('create')).toStrictEqual([true, true]);
	});
});
