import fastify from 'fastify';
import { z } from 'zod';

/** A stand-in for OpenAI's chat completions. */
export interface ChatModel {
	/** The base URL for n8n's `openAiApi` credential. */
	url: string;
	close(): Promise<void>;
}

const questionSchema = z.object({
	model: z.string(),
	messages: z.array(z.object({ role: z.string(), content: z.unknown() })),
	tools: z.array(z.object({ function: z.object({ name: z.string() }) })),
});

/**
 * Starts a chat model that calls the only tool it is offered once, and answers with its output.
 * @param input it calls the tool with this.
 */
export async function startChatModel(input: Record<string, unknown>): Promise<ChatModel> {
	const server = fastify();
	server.post('/v1/chat/completions', (request) => {
		const { model, messages, tools } = questionSchema.parse(request.body);
		const toolOutput = messages.find(({ role }) => role === 'tool')?.content;
		const name = tools[0]?.function.name;
		const call = {
			id: 'call-1',
			type: 'function',
			function: { name, arguments: JSON.stringify(input) },
		};
		const message =
			toolOutput === undefined ? { content: null, tool_calls: [call] } : { content: toolOutput };
		return {
			id: 'completion',
			object: 'chat.completion',
			created: 0,
			model,
			choices: [
				{
					index: 0,
					message: { role: 'assistant', ...message },
					finish_reason: toolOutput === undefined ? 'tool_calls' : 'stop',
				},
			],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	const origin = await server.listen({ host: '127.0.0.1', port: 0 });
	return { url: `${origin}/v1`, close: async () => await server.close() };
}
