/** A community trigger that does nothing: it shows what n8n itself spends on a webhook. */
exports.Baseline = class {
	description = {
		displayName: 'Baseline Trigger',
		name: 'baseline',
		group: ['trigger'],
		version: [1, 2],
		description: 'Outputs the body that it receives',
		defaults: { name: 'Baseline Trigger' },
		inputs: [],
		outputs: ['main'],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', path: 'webhook', responseMode: 'onReceived' },
		],
		properties: [],
	};

	webhookMethods = {
		default: {
			checkExists: async () => false,
			create: async () => true,
			delete: async () => true,
		},
	};

	async webhook() {
		return { workflowData: [[{ json: this.getBodyData() }]] };
	}
};
