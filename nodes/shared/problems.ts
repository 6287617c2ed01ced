/** What is wrong with the parameters of one item: nothing has been sent yet. */
export class InputProblem extends Error {
	/** One sentence each, without a final period, naming the field as the user sees it. */
	readonly problems: readonly string[];

	constructor(problems: readonly string[]) {
		super(problems.join('; '));
		this.problems = problems;
		this.name = 'InputProblem';
	}
}

/** What a service said no to, or that it did not answer. Holds nothing of the request. */
export class ServiceProblem extends Error {
	/** What to do about it. */
	readonly description: string;

	/** The HTTP status, where there was an answer. */
	readonly httpCode?: number;

	/** The messages of a validation error, keyed by the API's field names. */
	readonly fields?: Record<string, string[]>;

	constructor(
		message: string,
		details: { description: string; httpCode?: number; fields?: Record<string, string[]> },
	) {
		super(message);
		this.name = 'ServiceProblem';
		this.description = details.description;
		this.httpCode = details.httpCode;
		this.fields = details.fields;
	}
}
