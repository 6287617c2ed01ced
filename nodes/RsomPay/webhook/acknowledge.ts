import { type IDataObject, type IWebhookFunctions, sleep } from 'n8n-workflow';

import type { Deliveries } from './deliveries';

/** When RsomPay is told that a delivery has arrived; the values are n8n's response modes. */
export const ACKNOWLEDGE = { whenAccepted: 'onReceived', whenFinished: 'lastNode' } as const;

type Response = ReturnType<IWebhookFunctions['getResponseObject']>;

/** Where the deliveries of a trigger are written down in its static data. */
const STORED_AS = 'deliveries';

/** Takes over the deliveries that n8n stored for this trigger. */
export function readStored(deliveries: Deliveries, staticData: IDataObject): void {
	const stored = staticData[STORED_AS];
	if (typeof stored === 'string') deliveries.read(stored);
}

/**
 * Remembers a delivery once it can no longer be lost, and not before: a delivery that n8n failed to
 * accept must run when RsomPay repeats it.
 *
 * n8n saves the static data of a webhook only after it has accepted the execution, and turns it
 * into JSON at that moment. What stands there is therefore written when it is asked for, together
 * with whatever other deliveries were accepted meanwhile, which a copy made now would undo. With
 * "when the workflow has finished" nobody can tell at that moment whether it succeeded; n8n's
 * answer tells, and the delivery is written down with the next one.
 *
 * @param waitsForEnd whether the delivery is acknowledged when the workflow has finished
 */
export function rememberOnceSafe(
	deliveries: Deliveries,
	eventId: string,
	staticData: IDataObject,
	response: Response,
	waitsForEnd: boolean,
): void {
	let isAnswered = false;
	onAnswer(response, (status) => {
		isAnswered = true;
		if (status >= 200 && status <= 299) deliveries.accept(eventId);
		else deliveries.release(eventId);
	});
	const stored = {
		toJSON() {
			if (!waitsForEnd && !isAnswered) deliveries.accept(eventId);
			return deliveries.toString();
		},
	};
	const store = () => {
		staticData[STORED_AS] = stored as unknown as IDataObject;
	};
	store();
	// To run the workflow n8n makes another object of the same static data, in this turn of the event
	// loop, and thereby forgets that it was changed. It saves it some queries later, if it was.
	void sleep(0).then(store);
}

// The events of a response do not serve: when the caller has hung up, 'close' comes long before
// n8n is done, and 'finish' never comes.
function onAnswer(response: Response, listener: (status: number) => void): void {
	const end = response.end.bind(response) as (...values: unknown[]) => Response;
	response.end = (...values: unknown[]) => {
		listener(response.statusCode);
		return end(...values);
	};
}
