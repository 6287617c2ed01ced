import type { INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { z } from 'zod';

function describe(name: string, settings: Partial<INodeTypeDescription>): INodeTypeDescription {
	return {
		displayName: name,
		name,
		group: ['transform'],
		version: 1,
		description: name,
		defaults: { name },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...settings,
	};
}

/** Hands on the items a workflow is started with, as a trigger does. */
const start: INodeType = {
	description: describe('start', { group: ['trigger'], inputs: [] }),
	trigger: async () => await Promise.resolve({}),
};

/** Hands on what it gets, after `delayMs`. */
const pass: INodeType = {
	description: describe('pass', {
		properties: [{ displayName: 'Delay', name: 'delayMs', type: 'number', default: 0 }],
	}),
	async execute() {
		const delayMs = Number(this.getNodeParameter('delayMs', 0));
		await new Promise((resolve) => setTimeout(resolve, delayMs));
		return [this.getInputData()];
	},
};

/** Keeps what its parameter `value` comes to, for each item. */
const keep: INodeType = {
	description: describe('keep', {
		properties: [{ displayName: 'Value', name: 'value', type: 'string', default: '' }],
	}),
	async execute() {
		const values = this.getInputData().map((_, item) => this.getNodeParameter('value', item));
		return await Promise.resolve([
			values.map((value, item) => ({ json: { value }, pairedItem: item })),
		]);
	},
};

/** Puts each item out at the output that its parameter `output` says, like n8n's Switch. */
const branch: INodeType = {
	description: describe('branch', {
		outputs: ['main', 'main'],
		properties: [{ displayName: 'Output', name: 'output', type: 'number', default: 0 }],
	}),
	async execute() {
		const outputs: INodeExecutionData[][] = [[], []];
		this.getInputData().forEach(({ json }, item) => {
			const output = Number(this.getNodeParameter('output', item));
			outputs[output]?.push({ json, pairedItem: item });
		});
		return await Promise.resolve(outputs);
	},
};

/** Puts out one item a run, at its second output, until there is none left, like n8n's Loop. */
const loop: INodeType = {
	description: describe('loop', { outputs: ['main', 'main'] }),
	async execute() {
		const context = this.getContext('node');
		// In the runs to come, the items will not be those that came in.
		const sourceOverwrite = this.getInputSourceData();
		context.left ??= this.getInputData().map((given, item) => ({
			...given,
			pairedItem: { item, sourceOverwrite },
		}));
		const [next, ...left] = itemsSchema.parse(context.left);
		context.left = left;
		return await Promise.resolve(next ? [[], [next]] : [this.getInputData(), []]);
	},
};

const itemsSchema = z.array(
	z.custom<INodeExecutionData>((value) => typeof value === 'object' && value !== null),
);

/** Fails always. */
const fail: INodeType = {
	description: describe('fail', {}),
	execute: async () => await Promise.reject(new Error('This node fails always.')),
};

/** Nodes around the one that is tested. */
export const HELPER_NODES = new Map([
	['test.start', start],
	['test.pass', pass],
	['test.keep', keep],
	['test.branch', branch],
	['test.loop', loop],
	['test.fail', fail],
	// n8n's own Wait, where it only matters that it is there.
	['n8n-nodes-base.wait', pass],
]);
