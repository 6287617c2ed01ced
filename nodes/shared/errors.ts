/** The parameters of an item, or of a run, are wrong. No request was sent for them. */
export class InputError extends Error {
	/** One sentence per problem, without a final period. Each names the field as the panel shows it. */
	readonly messages: readonly string[];

	constructor(messages: readonly string[]) {
		super(messages.join('; '));
		this.messages = messages;
		this.name = 'InputError';
	}
}

/** The service rejected a request or did not respond. Contains nothing of the request. */
export class ServiceError extends Error {
	/** What the user can do about it. */
	readonly description: string;

	/** The HTTP status. Undefined where there was no response. */
	readonly httpCode?: number;

	/** The messages of a validation error, keyed by the API's field names. */
	readonly fields?: Record<string, string[]>;

	constructor(
		message: string,
		details: { description: string; httpCode?: number; fields?: Record<string, string[]> },
	) {
		super(message);
		this.name = 'ServiceError';
		this.description = details.description;
		this.httpCode = details.httpCode;
		this.fields = details.fields;
	}
}
