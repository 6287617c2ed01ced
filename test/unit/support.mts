import { InputProblem } from '../../nodes/shared/problems.ts';

/** The sentences of the `InputProblem` that `check` throws; an empty list where it throws none. */
export function problemsOf(check: () => unknown): readonly string[] {
	try {
		check();
	} catch (error) {
		if (error instanceof InputProblem) return error.problems;
		throw error;
	}
	return [];
}

/** Lets everything run that does not wait for a timer or for the outside. */
export async function settle(): Promise<void> {
	await new Promise<void>((resolve) => setImmediate(resolve));
}
