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

/** Outputs the items a workflow is started with, as a trigger does. */
const start: INodeType = {
	description: describe('start', { group: ['trigger'], inputs: [] }),
	trigger: async () => await Promise.resolve({}),
};

/** Outputs its input after `delayMs`. */
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

/** Outputs the value of its parameter `value` for each item. */
const evaluate: INodeType = {
	description: describe('evaluate', {
		properties: [{ displayName: 'Value', name: 'value', type: 'string', default: '' }],
	}),
	async execute() {
		const values = this.getInputData().map((_, item) => this.getNodeParameter('value', item));
		return await Promise.resolve([
			values.map((value, item) => ({ json: { value }, pairedItem: item })),
		]);
	},
};

/** Sends each item to the output given by its parameter `output`, like n8n's Switch. */
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

/** Sends one item per run to its second output until none is left, like n8n's Loop. */
const loop: INodeType = {
	description: describe('loop', { outputs: ['main', 'main'] }),
	async execute() {
		const context = this.getContext('node');
		// Later runs have other input items.
		const sourceOverwrite = this.getInputSourceData();
		context.left ??= this.getInputData().map((data, item) => ({
			...data,
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

/** Always fails. */
const fail: INodeType = {
	description: describe('fail', {}),
	execute: async () => await Promise.reject(new Error('This node always fails.')),
};

/** The node types that surround the tested node. */
export const HELPER_NODES = new Map([
	['test.start', start],
	['test.pass', pass],
	['test.evaluate', evaluate],
	['test.branch', branch],
	['test.loop', loop],
	['test.fail', fail],
	// Stands for n8n's own Wait; only its type matters.
	['n8n-nodes-base.wait', pass],
]);
