import { completable, inputRequired, inputResponse, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { IMAGE } from './content.js';
import type { FixtureState } from './fixture-state.js';

const COMPLETIONS = ['paris', 'park', 'party'];

export function registerPrompts(server: McpServer, state: FixtureState): void {
  server.registerPrompt('test_simple_prompt', { description: `Revision ${state.promptRevision}` }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } }],
  }));
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'Two arguments, the first completes',
      argsSchema: z.object({
        arg1: completable(z.string(), (typed) => COMPLETIONS.filter((value) => value.startsWith(typed))),
        arg2: z.string(),
      }),
    },
    ({ arg1, arg2 }) => ({
      messages: [
        { role: 'user', content: { type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` } },
      ],
    }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Embeds a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
          },
        },
        { role: 'user', content: { type: 'text', text: 'Please process the embedded resource above.' } },
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'Embeds an image' }, () => ({
    messages: [
      { role: 'user', content: { type: 'image', ...IMAGE } },
      { role: 'user', content: { type: 'text', text: 'Please analyze the image above.' } },
    ],
  }));
  server.registerPrompt('test_input_required_result_prompt', { description: 'Needs input' }, (context) => {
    const answer = inputResponse(context.mcpReq.inputResponses, 'user_context');
    if (answer.kind !== 'missing') {
      return { messages: [{ role: 'user', content: { type: 'text', text: `Context: ${JSON.stringify(answer)}` } }] };
    }
    return inputRequired({
      inputRequests: {
        user_context: inputRequired.elicit({
          message: 'What context?',
          requestedSchema: { type: 'object', properties: { context: { type: 'string' } }, required: ['context'] },
        }),
      },
    });
  });
}
