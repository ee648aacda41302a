import {
  type CreateMessageRequestParamsBase,
  type ElicitRequestFormParams,
  inputRequired,
  inputResponse,
  isInputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.js';

type RequestedSchema = ElicitRequestFormParams['requestedSchema'];

const USER_SCHEMA: RequestedSchema = {
  type: 'object',
  properties: { username: { type: 'string' }, email: { type: 'string' } },
  required: ['username', 'email'],
};

/** SEP-1034: a default for every primitive. */
const DEFAULTS_SCHEMA: RequestedSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  required: [],
};

/** SEP-1330: the five ways to write an enum. */
const ENUMS_SCHEMA: RequestedSchema = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: {
      type: 'string',
      oneOf: [
        { const: 'value1', title: 'First Option' },
        { const: 'value2', title: 'Second Option' },
        { const: 'value3', title: 'Third Option' },
      ],
    },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
    titledMulti: {
      type: 'array',
      items: {
        anyOf: [
          { const: 'value1', title: 'First Choice' },
          { const: 'value2', title: 'Second Choice' },
          { const: 'value3', title: 'Third Choice' },
        ],
      },
    },
  },
  required: [],
};

/** 2026-07-28 has an envelope in each request, and no requests of servers. */
function isModern({ mcpReq }: ServerContext): boolean {
  return mcpReq.envelope !== undefined;
}

const ANSWER = 'answer';

/** The user's answer: asked for in the middle of the call, or by `input_required` where the revision is 2026-07-28. */
async function elicited(context: ServerContext, params: ElicitRequestFormParams) {
  if (!isModern(context)) return context.mcpReq.elicitInput(params);
  const view = inputResponse(context.mcpReq.inputResponses, ANSWER);
  if (view.kind === 'missing') return inputRequired({ inputRequests: { [ANSWER]: inputRequired.elicit(params) } });
  if (view.kind !== 'elicit') throw new Error(`${view.kind} answers no elicitation`);
  return { action: view.action, content: view.content };
}

async function sampled(context: ServerContext, params: CreateMessageRequestParamsBase) {
  if (!isModern(context)) return context.mcpReq.requestSampling(params);
  const view = inputResponse(context.mcpReq.inputResponses, ANSWER);
  if (view.kind === 'missing') {
    return inputRequired({ inputRequests: { [ANSWER]: inputRequired.createMessage(params) } });
  }
  if (view.kind !== 'sampling') throw new Error(`${view.kind} answers no sampling`);
  return view.result;
}

/** Tools that ask the client in the middle of a call. */
export function registerClientRequestTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'Asks the client for a completion', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, context) => {
      const result = await sampled(context, {
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      });
      if (isInputRequiredResult(result)) return result;
      const { content } = result;
      const answer = !Array.isArray(content) && content.type === 'text' ? content.text : JSON.stringify(content);
      return text(`LLM response: ${answer}`);
    },
  );
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: z.object({ message: z.string() }) },
    async ({ message }, context) => {
      const answer = await elicited(context, { message, requestedSchema: USER_SCHEMA });
      return isInputRequiredResult(answer) ? answer : text(`User response: ${JSON.stringify(answer)}`);
    },
  );
  const elicitations = [
    ['test_elicitation_sep1034_defaults', DEFAULTS_SCHEMA],
    ['test_elicitation_sep1330_enums', ENUMS_SCHEMA],
  ] as const;
  for (const [name, requestedSchema] of elicitations) {
    server.registerTool(name, { description: 'Asks the user with a form' }, async (context) => {
      const answer = await elicited(context, { message: 'Fill this in', requestedSchema });
      if (isInputRequiredResult(answer)) return answer;
      return text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content)}`);
    });
  }
}
