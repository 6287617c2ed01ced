import { once } from '../../../../nodes/shared/runItems.ts';

describe('once', () => {
	test('creates the value on the first call and returns it on every call', () => {
		const create = jest.fn(() => ({}));
		const get = once(create);
		expect(create).not.toHaveBeenCalled();

		const created = get();
		expect(get()).toBe(created);
		expect(create).toHaveBeenCalledTimes(1);
	});

	test.each([[undefined], [null], [0], ['']])('caches %j too', (value) => {
		const create = jest.fn(() => value);
		const get = once(create);

		expect([get(), get()]).toStrictEqual([value, value]);
		expect(create).toHaveBeenCalledTimes(1);
	});

	test('calls the function again after it threw', () => {
		const create = jest.fn(() => 'created');
		create.mockImplementationOnce(() => {
			throw new Error('not yet');
		});
		const get = once(create);

		expect(get).toThrow('not yet');
		expect(get()).toBe('created');
	});
});
