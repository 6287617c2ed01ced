import type { IPollFunctions } from 'n8n-workflow';
import { z } from 'zod';

const KEY = 'moyasarTrigger';

const publicationsSchema = z.record(z.number()).catch({});

/**
 * Notes when the workflow was published. With durable cursors n8n does not store the cursor of the poll
 * at publication, so the time is stored in the workflow's static data, by the trigger's name.
 *
 * @param readNow returns the time by Moyasar's clock, in ms since 1970
 */
export async function notePublication(
	context: IPollFunctions,
	readNow: () => Promise<number>,
): Promise<void> {
	const before = publicationOf(context) ?? 0;
	const staticData = context.getWorkflowStaticData('global');
	const note = (time: number) => {
		const publications = publicationsSchema.parse(staticData[KEY]);
		const published = Math.max(time, before + 1);
		staticData[KEY] = { ...publications, [context.getNode().name]: published };
	};
	// Stored even if Moyasar does not respond: the trigger then starts from here.
	note(Date.now());
	note(await readNow());
}

/** When the workflow was last published to start from then, in ms since 1970. */
export function publicationOf(context: IPollFunctions): number | undefined {
	return publicationsSchema.parse(context.getWorkflowStaticData('global')[KEY])[
		context.getNode().name
	];
}
