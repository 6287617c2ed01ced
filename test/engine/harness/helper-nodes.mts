import type { INodeType, INodeTypeDescription } from 'n8n-workflow';

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
	['test.fail', fail],
]);
