import { type IDataObject, type IWebhookFunctions, sleep } from 'n8n-workflow';

import { type WebhookResponse, whenAnswered } from './answering';
import { type Deliveries, deliveriesOf } from './deliveries';

/** When RsomPay is told that a delivery has arrived; the values are n8n's response modes. */
export const ACKNOWLEDGE = { whenAccepted: 'onReceived', whenFinished: 'lastNode' } as const;

/** What is remembered apart, by where a trigger's static data has it: strangers can return, too. */
const KINDS = ['deliveries', 'returns'] as const;

type Kind = (typeof KINDS)[number];

/** What a trigger remembers. */
export interface Memory {
	/** Of the kind that a webhook is about. */
	deliveries: Deliveries;
	/** Of each kind: n8n stores them together. */
	all: Record<Kind, Deliveries>;
	staticData: IDataObject;
}

/** What the trigger whose webhook is called remembers, with what n8n stored for it. */
export function recall(context: IWebhookFunctions, kind: Kind): Memory {
	const staticData = context.getWorkflowStaticData('node');
	const load = (storedAs: Kind) => {
		const deliveries = deliveriesOf(context.getWorkflow().id ?? '', context.getNode().id, storedAs);
		const stored = staticData[storedAs];
		if (typeof stored === 'string') deliveries.read(stored);
		return deliveries;
	};
	const all = { deliveries: load('deliveries'), returns: load('returns') };
	return { deliveries: all[kind], all, staticData };
}

/** Writes the deliveries down with a webhook that starts no run, if any are not written down yet. */
export function storeNews({ all, staticData }: Memory): void {
	if (!KINDS.some((kind) => all[kind].hasNews())) return;
	for (const kind of KINDS) staticData[kind] = all[kind].toString();
}

/**
 * Remembers a delivery once it can no longer be lost, and not before: a delivery that n8n failed to
 * accept, or whose workflow failed, must run when RsomPay repeats it. n8n's answer tells.
 */
export function rememberWhenAnswered(
	{ deliveries }: Memory,
	eventId: string,
	response: WebhookResponse,
): void {
	whenAnswered(response, (status) => {
		if (status >= 200 && status <= 399) deliveries.accept(eventId);
		else deliveries.release(eventId);
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
export function storeWhenAccepted(
	{ deliveries, all, staticData }: Memory,
	eventId: string,
	response: WebhookResponse,
): void {
	const store = () => {
		for (const kind of KINDS) {
			const toJSON = () => {
				if (all[kind] === deliveries && !response.writableEnded) deliveries.accept(eventId);
				return all[kind].toString();
			};
			staticData[kind] = { toJSON } as unknown as IDataObject;
		}
	};
	store();
	// To run the workflow n8n makes another object of the same static data, in this turn of the event
	// loop, and thereby forgets that it was changed. It saves it some queries later, if it was.
	void sleep(0).then(store);
}
