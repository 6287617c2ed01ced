import { RequestBudget } from '../../../../../nodes/RsomPay/customerReturn/requestBudget.ts';

let now = 1_000_000;

/** Takes as often as possible, and returns how often that was. */
const takeAll = (budget: RequestBudget, cost: number) => {
	let count = 0;
	while (budget.take(cost)) count++;
	return count;
};

test('is 600 at once, and 600 a minute after that', () => {
	const budget = new RequestBudget(() => now);
	expect(takeAll(budget, 1)).toBe(600);
	expect(budget.take(1)).toBe(false);

	now += 6_000;
	expect(takeAll(budget, 10)).toBe(6);
	now += 600_000;
	expect(takeAll(budget, 10)).toBe(60);
});

test('can be taken again when it was given back, and never exceeds 600', () => {
	const budget = new RequestBudget(() => now);
	expect(takeAll(budget, 10)).toBe(60);
	budget.giveBack(9);
	expect(budget.take(10)).toBe(false);
	expect(takeAll(budget, 1)).toBe(9);

	budget.giveBack(10_000);
	expect(takeAll(budget, 1)).toBe(600);
});

test('does not shrink when the clock is set back', () => {
	const budget = new RequestBudget(() => now);
	now -= 60_000;

	expect(takeAll(budget, 1)).toBe(600);
});
