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
	/** The status answered; null while under way, and for good if there was no answer. */
	status: number | null;
	/** Why there was no answer. */
	error: string | null;
	/** When the attempt began, ms since the epoch. */
	at: number;
	/** The signature header sent, or null if there was none. */
	signature: string | null;
	/** The raw body, as text. */
	body: string;
};

/** An arbitrary delivery; of `payload` and `rawBody` give one. */
export type DeliveryRequest = SignatureFormat & {
	url: string;
	/** Sent as PHP-style JSON. */
	payload?: unknown;
	/** The bytes to send. */
	rawBody?: string | Buffer;
	/** Signs with this instead of the signing secret. */
	secret?: string;
	/** Sent as it is instead of a computed one; null: no signature header. */
	signature?: string | null;
	/** Added to, or instead of, the usual ones. */
	headers?: Record<string, string>;
};

/** What the receiver answered. */
export type DeliveryResponse = { status: number; headers: Record<string, string>; body: string };

/** What the courier reads anew for each delivery. */
export type CourierSettings = {
	webhookDelayMs: number;
	retryDelaysMs: readonly number[];
	deliveryTimeoutMs: number;
	signingSecret: string;
	signatureAlgorithm: 'sha256' | 'sha512';
};

type Parcel = {
	url: string;
	rawBody: Buffer;
	signature: string | null;
	headers: Record<string, string>;
};

/** A connection each: a receiver that was restarted in between must not cost a delivery. */
const httpAgent = new Agent({ keepAlive: false });

const eventSchema = z.object({ event: z.string(), event_id: z.string() });

/** Signs webhooks and delivers them in the background until the receiver answers 2xx. */
export class Courier {
	readonly #settings: () => CourierSettings;
	readonly #signatureHeader: string;
	#log: { delivery: Delivery; parcel: Parcel }[] = [];
	#pending = new Set<Promise<void>>();
	#stop = new AbortController();

	constructor(settings: () => CourierSettings, signatureHeader: string) {
		this.#settings = settings;
		this.#signatureHeader = signatureHeader;
	}

	/** Every attempt made, in order of their start. */
	deliveries(): Delivery[] {
		return this.#log.map(({ delivery }) => ({ ...delivery }));
	}

	/**
	 * Delivers `payloads` to `url`: the first attempts one after another, so that they arrive in this
	 * order, retries each by itself. Bytes and signature are fixed now and the same in every attempt.
	 *
	 * @param after nothing goes out before this has settled and the webhook delay has passed
	 * @param copies how many times each payload is delivered at once
	 */
	schedule(
		url: string,
		payloads: readonly unknown[],
		{ after, copies = 1 }: { after?: Promise<void>; copies?: number } = {},
	): void {
		const parcels = payloads.map((payload) => this.#pack({ url, payload }));
		const { signal } = this.#stop;
		this.#track(signal, async () => {
			await after;
			await sleep(this.#settings().webhookDelayMs, undefined, { signal });
			for (const parcel of parcels) {
				const firstAttempts = Array.from({ length: copies }, async () => {
					if (await this.#attempt(parcel, 1, signal)) return;
					this.#track(signal, () => this.#retry(parcel, signal));
				});
				await Promise.all(firstAttempts);
			}
		});
	}

	/**
	 * Sends one arbitrary delivery, without retries.
	 *
	 * @throws if there is no answer, or neither a payload nor a raw body.
	 */
	async deliver(request: DeliveryRequest): Promise<DeliveryResponse> {
		return await this.#send(this.#pack(request), 1, this.#stop.signal);
	}

	/**
	 * Sends the bytes and signature of an earlier delivery again.
	 *
	 * @throws if there is no answer, or nothing was delivered under this id.
	 */
	async repeat(eventId: string): Promise<DeliveryResponse> {
		const earlier = this.#log.filter(({ delivery }) => delivery.event_id === eventId);
		const first = earlier[0];
		if (first === undefined) throw new UnknownDeliveryError(eventId);
		return await this.#send(first.parcel, earlier.length + 1, this.#stop.signal);
	}

	/**
	 * Waits until nothing is under way or waiting for a retry.
	 *
	 * @throws if that takes longer than `timeoutMs`.
	 */
	async settle(timeoutMs: number): Promise<void> {
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

	/** Gives up everything under way, for good. */
	stop(): void {
		this.#stop.abort();
	}

	/** Gives up everything under way and forgets what was delivered. */
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

	#pack(request: DeliveryRequest): Parcel {
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

	async #retry(parcel: Parcel, signal: AbortSignal): Promise<void> {
		for (const [index, delay] of this.#settings().retryDelaysMs.entries()) {
			await sleep(delay, undefined, { signal });
			if (await this.#attempt(parcel, index + 2, signal)) return;
		}
	}

	/** Whether the receiver accepted it. */
	async #attempt(parcel: Parcel, attempt: number, signal: AbortSignal): Promise<boolean> {
		try {
			const { status } = await this.#send(parcel, attempt, signal);
			return status >= 200 && status < 300;
		} catch (error) {
			if (signal.aborted) throw error;
			return false; // no answer: what went wrong stands in the log of deliveries
		}
	}

	async #send(parcel: Parcel, attempt: number, signal: AbortSignal): Promise<DeliveryResponse> {
		const { url, rawBody, signature, headers } = parcel;
		const body = rawBody.toString();
		const delivery: Delivery = {
			...identify(body),
			attempt,
			url,
			status: null,
			error: null,
			at: Date.now(),
			signature,
			body,
		};
		this.#log.push({ delivery, parcel });
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

/** Nothing was ever delivered under this event id. */
export class UnknownDeliveryError extends Error {
	constructor(eventId: string) {
		super(`No delivery with event_id ${eventId}`);
	}
}

function identify(body: string): Pick<Delivery, 'event' | 'event_id'> {
	try {
		return eventSchema.parse(JSON.parse(body));
	} catch {
		return { event: null, event_id: null };
	}
}
