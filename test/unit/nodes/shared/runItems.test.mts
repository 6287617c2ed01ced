import { once } from '../../../../nodes/shared/runItems.ts';

describe('once', () => {
	test('makes a thing when it is first asked for, and keeps it', () => {
		const make = jest.fn(() => ({}));
		const give = once(make);
		expect(make).not.toHaveBeenCalled();

		const made = give();
		expect(give()).toBe(made);
		expect(make).toHaveBeenCalledTimes(1);
	});

	test.each([[undefined], [null], [0], ['']])('keeps %j, too', (value) => {
		const make = jest.fn(() => value);
		const give = once(make);

		expect([give(), give()]).toStrictEqual([value, value]);
		expect(make).toHaveBeenCalledTimes(1);
	});

	test('tries again what could not be made', () => {
		const make = jest.fn(() => 'made');
		make.mockImplementationOnce(() => {
			throw new Error('not yet');
		});
		const give = once(make);

		expect(give).toThrow('not yet');
		expect(give()).toBe('made');
	});
});
