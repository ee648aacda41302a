import { z } from 'zod';
import { text } from '../../../http/text.js';

export const FIND_TOOLS = 'find_tools';
export const CALL_TOOL = 'call_tool';

export const FindToolsArguments = z.strictObject({
  query: text(1000)
    .min(1)
    .describe(
      'What you want to do, in plain words: an action and its object, like "list open pull requests". One purpose a search.',
    ),
  limit: z
    .int()
    .min(1)
    .max(50)
    .default(10)
    .describe('How many tools to return at most; the best match comes first. Begin with the default.'),
});

const CallToolArguments = z.strictObject({
  name: z.string().describe('The name of the tool exactly as find_tools returned it, like "github__create_issue".'),
  arguments: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      "The tool's own arguments, an object that follows the inputSchema which find_tools returned for it. Leave it out when the tool takes none.",
    ),
});

/** What `/mcp?tools=search` lists instead of the tools of all servers. */
export const SEARCH_TOOL_LIST = Buffer.from(
  JSON.stringify({
    tools: [
      {
        name: FIND_TOOLS,
        title: 'Find tools',
        description:
          'Searches the tools of all connected servers by what they do. Returns their full definitions: name, description and inputSchema. Use it first, whenever a task needs a tool that you have not seen yet; then call the one that fits with call_tool. When nothing fits, search again in other words.',
        inputSchema: schemaOf(FindToolsArguments),
        outputSchema: {
          type: 'object',
          properties: {
            tools: {
              type: 'array',
              description: 'Definitions of tools, the best match first',
              items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
            },
          },
          required: ['tools'],
        },
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      {
        name: CALL_TOOL,
        title: 'Call a tool',
        description:
          'Calls a tool that find_tools returned, and returns what that tool answers. Read its inputSchema and description first: what it does and whether that can be undone is up to that tool.',
        inputSchema: schemaOf(CallToolArguments),
      },
    ],
  }),
);

function schemaOf(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}
