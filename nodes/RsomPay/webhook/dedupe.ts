import { type IDataObject, type IWebhookFunctions, sleep } from 'n8n-workflow';

import { type DedupeKind, type DedupeStore, dedupeStoreOf } from './dedupeStore';
import { onResponseEnd, type WebhookResponse } from './respond';

const KINDS: readonly DedupeKind[] = ['deliveries', 'returns'];

/** The dedupe stores of a trigger and the static data they are saved in. */
export interface DedupeState {
	/** The store of the kind that the webhook is about. */
	store: DedupeStore;
	/** The stores of each kind. n8n saves them together. */
	all: Record<DedupeKind, DedupeStore>;
	staticData: IDataObject;
}

/** Loads the dedupe stores of the trigger whose webhook is called, merged with its static data. */
export function loadDedupeState(context: IWebhookFunctions, kind: DedupeKind): DedupeState {
	const staticData = context.getWorkflowStaticData('node');
	const load = (key: DedupeKind) => {
		const store = dedupeStoreOf(context.getWorkflow().id ?? '', context.getNode().id, key);
		const saved = staticData[key];
		if (typeof saved === 'string') store.merge(saved);
		return store;
	};
	const all = { deliveries: load('deliveries'), returns: load('returns') };
	return { store: all[kind], all, staticData };
}

/**
 * Saves the stores with a webhook that starts no execution, if the static data lacks entries: those of
 * workflows that succeeded, and those that another process or the workflow has overwritten.
 */
export function saveIfDirty({ all, staticData }: DedupeState): void {
	const isSaved = (kind: DedupeKind) => (staticData[kind] ?? '') === all[kind].serialize();
	if (KINDS.every(isSaved)) return;
	for (const kind of KINDS) staticData[kind] = all[kind].serialize();
}

/**
 * Commits a delivery when n8n responds with success, and rolls it back otherwise: a delivery that n8n
 * did not accept, or whose workflow failed, must run when RsomPay retries it.
 */
export function commitOnResponse(
	{ store }: DedupeState,
	eventId: string,
	response: WebhookResponse,
): void {
	onResponseEnd(response, (status) => {
		if (status >= 200 && status <= 399) store.commit(eventId);
		else store.rollback(eventId);
	});
}

/**
 * Saves a delivery at the moment n8n accepts it. n8n saves the static data of a webhook only then, and
 * serialises it at that moment. So the values are computed on demand, together with other deliveries
 * that were accepted meanwhile: a copy made now would undo those.
 *
 * Not for a delivery that is acknowledged when the workflow succeeds. n8n then saves after the run, and
 * would undo what the workflow itself wrote to its static data; and at that moment it is not known
 * whether the run succeeded. Such a delivery is saved with a later one.
 */
export function saveOnAccept(
	{ store, all, staticData }: DedupeState,
	eventId: string,
	response: WebhookResponse,
): void {
	const save = () => {
		for (const kind of KINDS) {
			const toJSON = () => {
				if (all[kind] === store && !response.writableEnded) store.commit(eventId);
				return all[kind].serialize();
			};
			staticData[kind] = { toJSON } as unknown as IDataObject;
		}
	};
	save();
	// In this turn of the event loop n8n makes another object of the same static data to run the
	// workflow, and loses the mark that it was changed. It saves marked data some queries later, so the
	// mark is set again.
	void sleep(0).then(save);
}
