import { POLL_ENGINES } from '../harness/n8n/pollEngines.mts';
import { Bed } from './moyasarTrigger/bed.mts';
import { CASES } from './moyasarTrigger/cases.mts';
import { drain } from './moyasarTrigger/drain.mts';
import type { Figure, Scenario } from './scenario.mts';

/** The Moyasar Trigger on each of n8n's poll engines: what is lost, and what comes twice. */
export const moyasarTrigger: Scenario = {
	name: 'moyasar-trigger',
	description:
		'each payment starts the workflow once, on every poll engine, when n8n is killed, too',
	run: async (report) => {
		const figures: Figure[] = [];
		for (const { name, env } of POLL_ENGINES) {
			report(name);
			figures.push(...(await runCases(name, env, report)));
		}
		return figures;
	},
};

/** Start From Everything, with polls that have little time. */
export const moyasarTriggerBacklog: Scenario = {
	name: 'moyasar-trigger-backlog',
	description: 'the Moyasar Trigger starts from everything on an account with 20,000 payments',
	run: async (report) => await drain(POLL_ENGINES.at(-1)?.env ?? {}, report),
};

async function runCases(
	engine: string,
	env: Record<string, string>,
	report: (line: string) => void,
): Promise<Figure[]> {
	const bed = await Bed.start(env);
	const figures: Figure[] = [];
	try {
		for (const tried of CASES) {
			const { name } = tried;
			bed.control.reset();
			const workflowId = await bed.import(tried.parameters?.());
			const { lost, twice, unwanted, crashed, notRetried } = await tried.run(bed, workflowId);
			await bed.n8n.api.unpublish(workflowId);
			report(
				`${name}: ${lost} lost, ${twice} twice, ${unwanted} unwanted, ${crashed} in a crashed execution, ${notRetried} of them not retried`,
			);
			const label = (what: string) => `${engine}, ${name}: ${what}`;
			figures.push(
				{ label: label('lost'), value: lost + notRetried, atMost: 0 },
				{ label: label('twice'), value: twice, atMost: 0 },
				{ label: label('unwanted'), value: unwanted, atMost: 0 },
			);
			if (crashed > 0) figures.push({ label: label('in a crashed execution'), value: crashed });
		}
	} finally {
		await bed.close();
	}
	return figures;
}
