import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { z } from 'zod';
import { phpJson } from './php-json.mts';
import { signBody, type SignatureFormat } from './signature.mts';

/** One attempt to deliver a webhook. */
export type Delivery = {
	/** As in the body; null where the body is not an event. */
	event: string | null;
	event_id: string | null;
	/** From 1. */
	attempt: number;
	url: string;
	/** Of the response; null while in flight, and stays null if there is no response. */
	status: number | null;
	/** Why there is no response; null while in flight or if there is one. */
	error: string | null;
	/** When the attempt began, ms since the epoch. */
	at: number;
	/** The signature header sent, or null if there was none. */
	signature: string | null;
	/** The raw body, as text. */
	body: string;
};

/** An arbitrary delivery; one of `payload` and `rawBody` is required. */
export type DeliveryRequest = SignatureFormat & {
	url: string;
	/** Sent as PHP-style JSON. */
	payload?: unknown;
	/** The bytes to send. */
	rawBody?: string | Buffer;
	/** Signs with this instead of the signing secret. */
	secret?: string;
	/** Sent instead of the computed one; null: no signature header. */
	signature?: string | null;
	/** Added to the default headers; the same name replaces one. */
	headers?: Record<string, string>;
};

/** The receiver's response. */
export type DeliveryResponse = { status: number; headers: Record<string, string>; body: string };

/** Settings of the webhooks, read at each delivery. */
export type WebhookSettings = {
	webhookDelayMs: number;
	retryDelaysMs: readonly number[];
	deliveryTimeoutMs: number;
	signingSecret: string;
	signatureAlgorithm: 'sha256' | 'sha512';
};

/** A request that is ready to send; the same bytes in every attempt. */
type PreparedDelivery = {
	url: string;
	rawBody: Buffer;
	signature: string | null;
	headers: Record<string, string>;
};

/** One connection per delivery: a reused one fails after a restart of the receiver. */
const httpAgent = new Agent({ keepAlive: false });

const eventSchema = z.object({ event: z.string(), event_id: z.string() });

/** Signs webhooks and delivers them in the background, with retries until the response is a 2xx. */
export class WebhookSender {
	readonly #settings: () => WebhookSettings;
	readonly #signatureHeader: string;
	#log: { delivery: Delivery; prepared: PreparedDelivery }[] = [];
	#pending = new Set<Promise<void>>();
	#stop = new AbortController();

	constructor(settings: () => WebhookSettings, signatureHeader: string) {
		this.#settings = settings;
		this.#signatureHeader = signatureHeader;
	}

	/** Every attempt, in order of their start; copies. */
	deliveries(): Delivery[] {
		return this.#log.map(({ delivery }) => ({ ...delivery }));
	}

	/**
	 * Delivers `payloads` to `url`: the first attempts in sequence, so that they arrive in this order,
	 * retries independently. Bytes and signature are computed at this call, once for all attempts.
	 *
	 * @param after nothing is sent before this has settled and the webhook delay has passed
	 * @param copies how many times each payload is delivered in parallel
	 */
	schedule(
		url: string,
		payloads: readonly unknown[],
		{ after, copies = 1 }: { after?: Promise<void>; copies?: number } = {},
	): void {
		const prepared = payloads.map((payload) => this.#prepare({ url, payload }));
		const { signal } = this.#stop;
		this.#track(signal, async () => {
			await after;
			await sleep(this.#settings().webhookDelayMs, undefined, { signal });
			for (const request of prepared) {
				const firstAttempts = Array.from({ length: copies }, async () => {
					if (await this.#attempt(request, 1, signal)) return;
					this.#track(signal, () => this.#retry(request, signal));
				});
				await Promise.all(firstAttempts);
			}
		});
	}

	/**
	 * Sends one arbitrary delivery, without retries.
	 *
	 * @throws if there is no response, or neither a payload nor a raw body.
	 */
	async deliver(request: DeliveryRequest): Promise<DeliveryResponse> {
		return await this.#send(this.#prepare(request), 1, this.#stop.signal);
	}

	/**
	 * Sends the bytes and signature of an earlier delivery again.
	 *
	 * @throws if there is no response; UnknownDeliveryError if no delivery has this event ID.
	 */
	async repeat(eventId: string): Promise<DeliveryResponse> {
		const earlier = this.#log.filter(({ delivery }) => delivery.event_id === eventId);
		const first = earlier[0];
		if (first === undefined) throw new UnknownDeliveryError(eventId);
		return await this.#send(first.prepared, earlier.length + 1, this.#stop.signal);
	}

	/**
	 * Waits until no delivery is in flight or scheduled for a retry.
	 *
	 * @throws after `timeoutMs`.
	 */
	async waitUntilIdle(timeoutMs: number): Promise<void> {
		const deadline = new AbortController();
		const timeout = sleep(timeoutMs, true, { signal: deadline.signal }).catch(() => false);
		while (this.#pending.size > 0) {
			const timedOut = await Promise.race([Promise.all(this.#pending).then(() => false), timeout]);
			if (timedOut) {
				throw new Error(`${this.#pending.size} deliveries still pending after ${timeoutMs} ms`);
			}
		}
		deadline.abort();
	}

	/** Aborts every delivery and retry; later ones fail too, until `reset`. */
	stop(): void {
		this.#stop.abort();
	}

	/** Aborts every delivery and retry, and clears the log. */
	reset(): void {
		this.stop();
		this.#stop = new AbortController();
		this.#log = [];
	}

	#track(signal: AbortSignal, work: () => Promise<void>): void {
		const task = work()
			.catch((error: unknown) => {
				if (!signal.aborted) throw error;
			})
			.finally(() => this.#pending.delete(task));
		this.#pending.add(task);
	}

	#prepare(request: DeliveryRequest): PreparedDelivery {
		const { signingSecret, signatureAlgorithm } = this.#settings();
		const { url, payload, secret = signingSecret, algorithm = signatureAlgorithm } = request;
		if (request.rawBody === undefined && payload === undefined) {
			throw new TypeError('A delivery needs a payload or a rawBody');
		}
		const rawBody = Buffer.from(request.rawBody ?? phpJson(payload));
		const signature =
			request.signature === undefined
				? signBody(rawBody, secret, { ...request, algorithm })
				: request.signature;
		return { url, rawBody, signature, headers: request.headers ?? {} };
	}

	async #retry(prepared: PreparedDelivery, signal: AbortSignal): Promise<void> {
		for (const [index, delay] of this.#settings().retryDelaysMs.entries()) {
			await sleep(delay, undefined, { signal });
			if (await this.#attempt(prepared, index + 2, signal)) return;
		}
	}

	/** Whether the response was a 2xx. */
	async #attempt(
		prepared: PreparedDelivery,
		attempt: number,
		signal: AbortSignal,
	): Promise<boolean> {
		try {
			const { status } = await this.#send(prepared, attempt, signal);
			return status >= 200 && status < 300;
		} catch (error) {
			if (signal.aborted) throw error;
			return false; // no response: the delivery in the log has the error
		}
	}

	async #send(
		prepared: PreparedDelivery,
		attempt: number,
		signal: AbortSignal,
	): Promise<DeliveryResponse> {
		const { url, rawBody, signature, headers } = prepared;
		const body = rawBody.toString();
		const delivery: Delivery = {
			...readEventIds(body),
			attempt,
			url,
			status: null,
			error: null,
			at: Date.now(),
			signature,
			body,
		};
		this.#log.push({ delivery, prepared });
		try {
			const response = await axios.request<string>({
				method: 'POST',
				url,
				data: rawBody,
				headers: {
					'Content-Type': 'application/json',
					Accept: 'application/json',
					'User-Agent': 'RsomPay-Simulator',
					...(signature !== null && { [this.#signatureHeader]: signature }),
					...headers,
				},
				responseType: 'text',
				transformResponse: [],
				timeout: this.#settings().deliveryTimeoutMs,
				maxRedirects: 0,
				proxy: false,
				httpAgent,
				validateStatus: () => true,
				signal,
			});
			delivery.status = response.status;
			return {
				status: response.status,
				headers: Object.fromEntries(
					Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
				),
				body: response.data,
			};
		} catch (error) {
			delivery.error = error instanceof Error ? error.message : String(error);
			throw error;
		}
	}
}

/** No delivery has this event ID. */
export class UnknownDeliveryError extends Error {
	constructor(eventId: string) {
		super(`No delivery with event_id ${eventId}`);
	}
}

function readEventIds(body: string): Pick<Delivery, 'event' | 'event_id'> {
	try {
		return eventSchema.parse(JSON.parse(body));
	} catch {
		return { event: null, event_id: null };
	}
}
