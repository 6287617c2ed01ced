import { type IDataObject, type IWebhookFunctions, sleep } from 'n8n-workflow';

import { type WebhookResponse, onResponseEnd } from './respond';
import { type DedupeStore, dedupeStoreOf } from './dedupeStore';

/** When RsomPay is told that a delivery has arrived; the values are n8n's response modes. */
export const RESPOND_WHEN = { whenAccepted: 'onReceived', whenFinished: 'lastNode' } as const;

/** What is remembered apart, by where a trigger's static data has it: strangers can return, too. */
const KINDS = ['deliveries', 'returns'] as const;

type DedupeKind = (typeof KINDS)[number];

/** What a trigger remembers. */
export interface DedupeState {
	/** Of the kind that a webhook is about. */
	store: DedupeStore;
	/** Of each kind: n8n stores them together. */
	all: Record<DedupeKind, DedupeStore>;
	staticData: IDataObject;
}

/** What the trigger whose webhook is called remembers, with what n8n stored for it. */
export function loadDedupeState(context: IWebhookFunctions, kind: DedupeKind): DedupeState {
	const staticData = context.getWorkflowStaticData('node');
	const load = (key: DedupeKind) => {
		const store = dedupeStoreOf(context.getWorkflow().id ?? '', context.getNode().id, key);
		const stored = staticData[key];
		if (typeof stored === 'string') store.merge(stored);
		return store;
	};
	const all = { deliveries: load('deliveries'), returns: load('returns') };
	return { store: all[kind], all, staticData };
}

/** Writes the deliveries down with a webhook that starts no run, if any are not written down yet. */
export function saveIfDirty({ all, staticData }: DedupeState): void {
	if (!KINDS.some((kind) => all[kind].isDirty())) return;
	for (const kind of KINDS) staticData[kind] = all[kind].serialize();
}

/**
 * Remembers a delivery once it can no longer be lost, and not before: a delivery that n8n failed to
 * accept, or whose workflow failed, must run when RsomPay repeats it. n8n's answer tells.
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
 * Writes a delivery down at the moment at which n8n has accepted it: n8n saves the static data of a
 * webhook only then, and turns it into JSON at that moment. What stands there is therefore made
 * when it is asked for, together with whatever other deliveries were accepted meanwhile, which a
 * copy made now would undo.
 *
 * Not for a delivery that is acknowledged when the workflow has finished. Then n8n saves after the
 * run, and would undo what the workflow itself wrote into its static data; and nobody can tell at
 * that moment whether the run succeeded. Such a delivery is written down with a later one.
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
	// To run the workflow n8n makes another object of the same static data, in this turn of the event
	// loop, and thereby forgets that it was changed. It saves it some queries later, if it was.
	void sleep(0).then(save);
}
