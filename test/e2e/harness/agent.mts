import { type Credential, itemsOf } from '../../../harness/n8n/api.mts';
import type { N8n } from '../../../harness/n8n/n8n.mts';
import { chain, link, node, type NodeJson } from '../../../harness/workflows.mts';
import { startChatModel } from './chatModel.mts';
import { manualStart } from './workflows.mts';

/**
 * Runs an AI Agent of n8n whose only tool is a node of this package.
 * @param tool the node as in a workflow without an agent.
 * @param input the agent calls the tool with this.
 * @returns the agent's answer: the tool's output.
 */
export async function askAgent(
	{ api }: N8n,
	tool: NodeJson,
	credential: Credential,
	input: Record<string, unknown>,
): Promise<string> {
	const model = await startChatModel(input);
	try {
		const openAi = await api.createCredential('openAiApi', 'Chat model', {
			apiKey: 'none',
			url: model.url,
		});
		const workflow = chain(
			...manualStart(),
			node(
				'AI Agent',
				'@n8n/n8n-nodes-langchain.agent',
				{ promptType: 'define', text: 'Is it paid?', options: {} },
				{ typeVersion: 3.1 },
			),
		);
		workflow.nodes.push(
			node(
				'Chat model',
				'@n8n/n8n-nodes-langchain.lmChatOpenAi',
				{ model: { __rl: true, mode: 'id', value: 'any' }, options: {} },
				{ typeVersion: 1.2, credentials: { openAiApi: { id: null, name: '' } } },
			),
			{ ...tool, type: `${tool.type}Tool` },
		);
		workflow.connections['Chat model'] = {
			ai_languageModel: [[link('AI Agent', 'ai_languageModel')]],
		};
		workflow.connections[tool.name] = { ai_tool: [[link('AI Agent', 'ai_tool')]] };
		const id = await api.importWorkflow(workflow, [credential, openAi]);

		const { nodes, error } = await api.runManually(id, 'Manual Trigger');

		expect(error).toBeUndefined();
		return String(itemsOf(nodes['AI Agent'])[0]?.output);
	} finally {
		await model.close();
	}
}
