import type { WorkflowJson } from '../harness/n8n/api.mts';
import { EXAMPLE_CREATE, link, node, type NodeJson } from '../harness/workflows.mts';

const credentials = {
	rsomPayApi: { rsomPayApi: { id: null, name: 'RsomPay account' } },
	smtp: { smtp: { id: null, name: 'SMTP account' } },
};

const rsomPay = (name: string, position: [number, number], parameters: Record<string, unknown>) =>
	node(name, 'n8n-nodes-rsompay.rsomPay', parameters, {
		typeVersion: 2,
		position,
		credentials: credentials.rsomPayApi,
	});

const email = (name: string, position: [number, number], subject: string): NodeJson =>
	node(
		name,
		'n8n-nodes-base.emailSend',
		{
			fromEmail: 'shop@example.com',
			toEmail: '={{ $json.customer.email }}',
			subject,
			emailFormat: 'text',
			text: '={{ $json.payment_url }}',
			options: { appendAttribution: false },
		},
		{ typeVersion: 2.1, position, credentials: credentials.smtp },
	);

/** The heart of the package in one line, with the values of the API guide's example. */
export const checkout: WorkflowJson = {
	name: 'Checkout',
	nodes: [
		node(
			'Order form',
			'n8n-nodes-base.formTrigger',
			{
				formTitle: 'Order',
				formFields: { values: [{ fieldLabel: 'How many?', fieldType: 'number' }] },
				options: {},
			},
			{ typeVersion: 2.2, webhookId: 'order', position: [0, 0] },
		),
		rsomPay('Create invoice', [220, 0], {
			...EXAMPLE_CREATE,
			lineItems: {
				item: [
					{
						description: 'Service fee',
						quantity: 1,
						unitPrice: 100,
						discountAmount: 10,
						taxRate: 15,
					},
				],
			},
			afterPayment: 'continue',
			additionalFields: { customerEmail: 'customer@example.com' },
			options: {},
		}),
		email('Email the link', [440, 0], 'Your invoice'),
		rsomPay('Wait for payment', [660, 0], {
			resource: 'invoice',
			operation: 'waitForPayment',
			invoice: {
				__rl: true,
				mode: 'externalId',
				value: "={{ $('Create invoice').item.json.external_id }}",
			},
			waitMode: 'callback',
			shopName: 'My Shop',
			backUrl: 'https://partner.example.com',
			options: {},
		}),
		email('Email the receipt', [920, -100], 'Your receipt'),
		email('Email a reminder', [920, 100], 'A reminder'),
	],
	connections: {
		'Order form': { main: [[link('Create invoice')]] },
		'Create invoice': { main: [[link('Email the link')]] },
		'Email the link': { main: [[link('Wait for payment')]] },
		'Wait for payment': { main: [[link('Email the receipt')], [link('Email a reminder')]] },
	},
	settings: { executionOrder: 'v1' },
};

/** A workflow that payments start. */
export const onPayment: WorkflowJson = {
	name: 'After the payment',
	nodes: [
		node(
			'RsomPay Trigger',
			'n8n-nodes-rsompay.rsomPayTrigger',
			{
				events: ['payment.completed', 'customer.returned'],
				shopName: 'My Shop',
				backUrl: 'https://partner.example.com',
				options: { confirm: true },
			},
			{
				typeVersion: 2,
				webhookId: 'b1a9c0de-0000-4000-8000-000000000001',
				credentials: credentials.rsomPayApi,
			},
		),
	],
	connections: {},
	settings: { executionOrder: 'v1' },
};

/** A workflow without its notes, which are text that a picture would make too small to read. */
export const withoutNotes = (workflow: WorkflowJson): WorkflowJson => ({
	...workflow,
	nodes: workflow.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote'),
});
