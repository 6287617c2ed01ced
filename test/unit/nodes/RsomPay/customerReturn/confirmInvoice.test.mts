import type { IWebhookFunctions } from 'n8n-workflow';

import { toRsomPayError } from '../../../../../nodes/RsomPay/api/errors.ts';
import { logUnconfirmed } from '../../../../../nodes/RsomPay/customerReturn/confirmInvoice.ts';
import { ServiceError } from '../../../../../nodes/shared/errors.ts';

/** The context of a return URL, and the messages that it logs. */
function returnUrl(nodeId: string) {
	const warnings: string[] = [];
	const node = {
		id: nodeId,
		name: 'When Paid',
		type: 'n8n-nodes-rsompay.rsomPayTrigger',
		typeVersion: 2,
		position: [0, 0],
		parameters: {},
	};
	const context = {
		getNode: () => node,
		getWorkflow: () => ({ id: 'workflow ID' }),
		logger: { warn: (message: string) => warnings.push(message) },
	} as unknown as IWebhookFunctions;
	return { context, warnings };
}

/** The error for a 404 that is no JSON object. It names what the visitor asked for. */
const notFound = (id: string) =>
	toRsomPayError({ status: 404, body: 'Not found' }, `the invoice "${id}"`, `the invoice "${id}"`);

const noResponse = (cause: 'temporarily-unavailable' | 'configuration-invalid') =>
	new ServiceError(cause, { description: '', failure: { cause } });

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

describe('logUnconfirmed', () => {
	test('logs a status once a minute, whatever IDs visitors ask for', () => {
		const { context, warnings } = returnUrl('many IDs');
		for (let visit = 0; visit < 300; visit++) logUnconfirmed(context, notFound(`guess ${visit}`));
		expect(warnings).toHaveLength(1);

		jest.advanceTimersByTime(60_000);
		logUnconfirmed(context, notFound('guess'));
		expect(warnings).toHaveLength(2);
	});

	test.each(['\n', '\r\n', '\u2028', '\u0085', '\u001b[2K', '\0', '\u202e'])(
		'writes no control character of the URL into the log: %j',
		(text) => {
			const { context, warnings } = returnUrl(`control character ${text}`);

			logUnconfirmed(context, notFound(`INV-1${text}warn: a line of a stranger`));

			expect(warnings).toHaveLength(1);
			expect(warnings[0]).toContain('INV-1 ');
			expect(warnings[0]).not.toMatch(/[\p{C}\u2028\u2029]/u);
		},
	);

	test('logs each cause: one does not hide another for a minute', () => {
		const { context, warnings } = returnUrl('causes');
		const firewall = toRsomPayError({ status: 403, body: '<html>' });
		const wrongToken = toRsomPayError({ status: 403, body: {} });
		const errors = [
			firewall,
			wrongToken,
			noResponse('temporarily-unavailable'),
			noResponse('configuration-invalid'),
		];
		for (const error of [...errors, ...errors]) logUnconfirmed(context, error);

		expect(warnings).toHaveLength(errors.length);
	});

	test('logs for each node', () => {
		for (const id of ['one', 'another']) {
			const { context, warnings } = returnUrl(id);
			logUnconfirmed(context, notFound('INV-1'));
			expect(warnings).toHaveLength(1);
		}
	});
});
