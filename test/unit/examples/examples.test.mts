/** What holds for every example: it can be read at a glance, and runs right after its import. */
import { z } from 'zod';
import { exampleNames, readExample } from '../../../harness/examples.mts';
import type { WorkflowJson } from '../../../harness/n8n/api.mts';
import { exampleEvent, exampleInvoiceRequest } from '../../../simulator/index.mts';

/** The canvas of n8n's editor in a window of 1280×800. */
const CANVAS = { width: 1080, height: 660 };

/** The smallest zoom at which the names of nodes can be read. */
const READABLE = 0.5;

/** A node with its name below it. */
const NODE = { width: 96, height: 140 };

const noteSchema = z.object({ content: z.string(), width: z.number(), height: z.number() });
const positionSchema = z.tuple([z.number(), z.number()]);

interface Box {
	name: string;
	left: number;
	top: number;
	right: number;
	bottom: number;
}

type NodeJson = WorkflowJson['nodes'][number];

const isNote = ({ type }: NodeJson) => type === 'n8n-nodes-base.stickyNote';

function boxOf(node: NodeJson): Box {
	const [left, top] = positionSchema.parse(node.position);
	const { width, height } = isNote(node) ? noteSchema.parse(node.parameters) : NODE;
	return { name: node.name, left, top, right: left + width, bottom: top + height };
}

const overlap = (a: Box, b: Box) =>
	a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

let examples: Array<[string, WorkflowJson]>;
beforeAll(async () => {
	const names = await exampleNames();
	examples = await Promise.all(
		names.map(async (name) => [name, await readExample(name)] as [string, WorkflowJson]),
	);
}, 60_000);

/** Collects what is wrong with each example; the examples in order are left out. */
const problems = (find: (workflow: WorkflowJson) => unknown[]) =>
	Object.fromEntries(
		examples.flatMap(([name, workflow]) => {
			const found = find(workflow);
			return found.length > 0 ? [[name, found]] : [];
		}),
	);

describe('the canvas', () => {
	test('shows each example as a whole and readable', () => {
		const zooms = problems(({ nodes }) => {
			const boxes = nodes.map(boxOf);
			const extent = (ends: number[], starts: number[]) => Math.max(...ends) - Math.min(...starts);
			const width = extent(
				boxes.map(({ right }) => right),
				boxes.map(({ left }) => left),
			);
			const height = extent(
				boxes.map(({ bottom }) => bottom),
				boxes.map(({ top }) => top),
			);
			const zoom = Math.min(CANVAS.width / width, CANVAS.height / height);
			return zoom < READABLE ? [zoom] : [];
		});

		expect(zooms).toStrictEqual({});
	});

	test('shows no node and no note over another', () => {
		const overlaps = problems(({ nodes }) => {
			const boxes = nodes.map(boxOf);
			return boxes.flatMap((box, index) =>
				boxes
					.slice(index + 1)
					.filter((other) => overlap(box, other))
					.map((other) => `${box.name} / ${other.name}`),
			);
		});

		expect(overlaps).toStrictEqual({});
	});
});

test('each example has a note about its settings and its sample data', () => {
	const missing = problems(({ nodes }) => {
		const text = nodes
			.filter(isNote)
			.map(({ parameters }) => noteSchema.parse(parameters).content)
			.join('\n');
		return ['**Before you start**', '**Try it first:**'].filter((part) => !text.includes(part));
	});

	expect(missing).toStrictEqual({});
});

describe('the sample data', () => {
	test('is of nodes that the example has', () => {
		const unknown = problems(({ nodes, pinData = {} }) =>
			Object.keys(pinData).filter((name) => !nodes.some((node) => node.name === name)),
		);

		expect(unknown).toStrictEqual({});
	});

	test('stands in for every node that needs an account', () => {
		const missing = problems(({ nodes, pinData = {} }) =>
			nodes
				.filter(({ name, credentials }) => credentials && !pinData[name])
				// An AI Agent with sample data runs neither its model nor its tools.
				.filter(({ type }) => !pinData['AI Agent'] || !/Tool$|\.lmChat/.test(type))
				.map(({ name }) => name),
		);

		expect(missing).toStrictEqual({});
	});

	test("is the API guide's example event, as the trigger outputs it", () => {
		const others = problems(({ nodes, pinData = {} }) =>
			nodes
				.filter(({ type }) => type === 'n8n-nodes-rsompay.rsomPayTrigger')
				.map(({ name }) => pinData[name]?.map(({ json }) => json))
				.filter((items) => items?.[0]?.event !== 'customer.returned')
				.filter((items) => {
					const event = exampleEvent({ event_id: '550e8400-e29b-41d4-a716-446655440000' });
					return JSON.stringify(items) !== JSON.stringify([event]);
				}),
		);

		expect(others).toStrictEqual({});
	});

	test('is about the invoice of the API guide only', () => {
		const others = problems(({ pinData = {} }) =>
			Object.values(pinData)
				.flat()
				.map(({ json }) => json.external_id)
				.filter((id) => id !== undefined)
				.filter((id) => id !== exampleInvoiceRequest.external_id && id !== 'INV-PARTNER-002'),
		);

		expect(others).toStrictEqual({});
	});
});

test('no example names a credential by an ID, so that n8n lets nodes with sample data run without one', () => {
	const others = problems(({ nodes }) =>
		nodes
			.flatMap(({ credentials = {} }) => Object.values(credentials))
			// n8n refuses to run a workflow with the ID null. Its editor drops an ID that it does not know.
			.filter(({ id }) => id !== 'choose-your-own'),
	);

	expect(others).toStrictEqual({});
});
