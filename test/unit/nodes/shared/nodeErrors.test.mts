import { type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';

import { asNodeError } from '../../../../nodes/shared/nodeErrors.ts';
import { InputError, ServiceError } from '../../../../nodes/shared/errors.ts';

const NODE: INode = {
	id: '1',
	name: 'Moyasar',
	type: 'n8n-nodes-moyasar.moyasar',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const ADVICE = 'was sent. Correct what is named above.';

test('maps an InputError to a NodeOperationError with the item index', () => {
	const error = asNodeError(NODE, new InputError(["'Limit' is empty", "'RRN' is empty"]), 3);

	expect(error).toBeInstanceOf(NodeOperationError);
	expect(error.message).toBe("'Limit' is empty; 'RRN' is empty [Item 3]");
	expect(error.description).toBe(`Nothing of this item ${ADVICE}`);
	expect(error.context.itemIndex).toBe(3);
	expect(error.node.name).toBe('Moyasar');
});

test('adds the index 0 of the first item', () => {
	expect(asNodeError(NODE, new InputError(['x']), 0).message).toBe('x [Item 0]');
});

test('maps an InputError of the whole run without an item index', () => {
	const error = asNodeError(NODE, new InputError(["'Retries' is empty"]));

	expect(error.message).toBe("'Retries' is empty");
	expect(error.description).toBe(`Nothing ${ADVICE}`);
	expect(error.context.itemIndex).toBeUndefined();
});

test('maps a ServiceError to a NodeApiError with the status', () => {
	const serviceError = new ServiceError('Moyasar did not accept the secret key', {
		description: 'Check the Secret Key.',
		httpCode: 401,
	});

	const itemError = asNodeError(NODE, serviceError, 2);
	expect(itemError).toBeInstanceOf(NodeApiError);
	expect(itemError.message).toBe('Moyasar did not accept the secret key [Item 2]');
	expect(itemError.context.itemIndex).toBe(2);

	const runError = asNodeError(NODE, serviceError);
	expect(runError).toMatchObject({
		name: 'NodeApiError',
		message: 'Moyasar did not accept the secret key',
		description: 'Check the Secret Key.',
		httpCode: '401',
	});
});

test('maps a ServiceError without a response to a NodeApiError without a status', () => {
	const error = asNodeError(
		NODE,
		new ServiceError('Moyasar did not respond', { description: 'x' }),
	);

	expect(error).toMatchObject({ name: 'NodeApiError', message: 'Moyasar did not respond' });
	expect(error).toHaveProperty('httpCode', null);
});

test("passes the cause on in n8n's own field", () => {
	const failure = { cause: 'rate-limited' as const, retryAfterMs: 7_000 };
	const serviceError = new ServiceError('Too many', { description: 'Wait', failure });

	expect(asNodeError(NODE, serviceError).failure).toStrictEqual(failure);
	expect(
		asNodeError(NODE, new ServiceError('Unknown', { description: 'x' })).failure,
	).toBeUndefined();
	expect(asNodeError(NODE, new InputError(['x'])).failure).toStrictEqual({
		cause: 'configuration-invalid',
	});
	expect(asNodeError(NODE, new InputError(['x'], 'credential-invalid')).failure).toStrictEqual({
		cause: 'credential-invalid',
	});
});

test.each([
	new NodeOperationError(NODE, 'no'),
	new NodeApiError(NODE, {}, { message: 'no', httpCode: '500' }),
])('returns a $name unchanged', (error) => {
	expect(asNodeError(NODE, error, 1)).toBe(error);
});

test.each([
	[new TypeError('undefined is not a function'), 'undefined is not a function'],
	['just a text', 'just a text'],
])('maps any other thrown value to a NodeOperationError: %s', (thrown, message) => {
	const error = asNodeError(NODE, thrown, 1);

	expect(error).toBeInstanceOf(NodeOperationError);
	expect(error.message).toBe(message);
	expect(error.context.itemIndex).toBe(1);
});
