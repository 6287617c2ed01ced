import { type IDataObject, type IWebhookFunctions, sleep } from 'n8n-workflow';

import { type Deliveries, deliveriesOf } from './deliveries';

/** When RsomPay is told that a delivery has arrived; the values are n8n's response modes. */
export const ACKNOWLEDGE = { whenAccepted: 'onReceived', whenFinished: 'lastNode' } as const;

type Response = ReturnType<IWebhookFunctions['getResponseObject']>;

/** Where the deliveries of a trigger are written down in its static data. */
const STORED_AS = 'deliveries';

/** The deliveries of the trigger whose webhook is called, with those that n8n stored for it. */
export function recall(context: IWebhookFunctions): {
	deliveries: Deliveries;
	staticData: IDataObject;
} {
	const deliveries = deliveriesOf(context.getWorkflow().id ?? '', context.getNode().id);
	const staticData = context.getWorkflowStaticData('node');
	const stored = staticData[STORED_AS];
	if (typeof stored === 'string') deliveries.read(stored);
	return { deliveries, staticData };
}

/** Writes the deliveries down with a webhook that starts no run, if any are not written down yet. */
export function storeNews(deliveries: Deliveries, staticData: IDataObject): void {
	if (deliveries.hasNews()) staticData[STORED_AS] = deliveries.toString();
}

/**
 * Remembers a delivery once it can no longer be lost, and not before: a delivery that n8n failed to
 * accept, or whose workflow failed, must run when RsomPay repeats it. n8n's answer tells.
 */
export function rememberWhenAnswered(
	deliveries: Deliveries,
	eventId: string,
	response: Response,
): void {
	onAnswer(response, (status) => {
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
	deliveries: Deliveries,
	eventId: string,
	staticData: IDataObject,
	response: Response,
): void {
	const stored = {
		toJSON() {
			if (!response.writableEnded) deliveries.accept(eventId);
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
