/** A community node that counts its runs in the static data of the workflow. */
exports.Counter = class {
	description = {
		displayName: 'Counter',
		name: 'counter',
		group: ['transform'],
		version: 1,
		description: 'Writes static data, and outputs its input',
		defaults: { name: 'Counter' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	};

	async execute() {
		const staticData = this.getWorkflowStaticData('global');
		staticData.runs = (staticData.runs ?? 0) + 1;
		return [this.getInputData()];
	}
};
