import type { ActionableCause, Failure } from 'n8n-workflow';

/** The parameters of an item, or of a run, are wrong. No request was sent for them. */
export class InputError extends Error {
	/** One sentence per problem, without a final period. Each names the field as the panel shows it. */
	readonly messages: readonly string[];

	/** Why, as n8n reads it. */
	readonly failure: Failure;

	constructor(messages: readonly string[], cause: ActionableCause = 'configuration-invalid') {
		super(messages.join('; '));
		this.messages = messages;
		this.failure = { cause };
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

	/** Why, as n8n reads it to schedule its polls. Undefined where it is not known. */
	readonly failure?: Failure;

	constructor(
		message: string,
		details: Pick<ServiceError, 'description' | 'httpCode' | 'fields' | 'failure'>,
	) {
		super(message);
		this.name = 'ServiceError';
		this.description = details.description;
		this.httpCode = details.httpCode;
		this.fields = details.fields;
		this.failure = details.failure;
	}
}
