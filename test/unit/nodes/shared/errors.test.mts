import { InputError, ServiceError } from '../../../../nodes/shared/errors.ts';

test('InputError joins its messages', () => {
	const error = new InputError(["'A' is empty", "'B' must be text"]);

	expect(error).toBeInstanceOf(Error);
	expect(error.name).toBe('InputError');
	expect(error.message).toBe("'A' is empty; 'B' must be text");
	expect(error.messages).toStrictEqual(["'A' is empty", "'B' must be text"]);
});

test('ServiceError has the status, the fields and a description', () => {
	const fields = { external_id: ['مطلوب'] };
	const error = new ServiceError('Rejected', { description: 'Ask', httpCode: 422, fields });

	expect(error).toBeInstanceOf(Error);
	expect(error).toMatchObject({
		name: 'ServiceError',
		message: 'Rejected',
		description: 'Ask',
		httpCode: 422,
		fields,
	});
	expect(new ServiceError('No response', { description: 'Wait' }).httpCode).toBeUndefined();
});
