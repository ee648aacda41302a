import { setTimeout as sleep } from 'node:timers/promises';
import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server';
import { AUDIO, IMAGE, text } from './content.js';
import type { FixtureState } from './fixture-state.js';
import { HEADER_SCHEMA, KEYWORD_SCHEMA } from './tool-schemas.js';

/** Between the notifications of one call: the suite checks that they arrive while the call runs. */
const STEP_MS = 20;

/** Tools that answer without asking the client for anything. The suite fixes names and answers. */
export function registerContentTools(server: McpServer, state: FixtureState): void {
  server.registerTool('test_simple_text', { description: 'One text' }, () =>
    text('This is a simple text response for testing.'),
  );
  server.registerTool('test_image_content', { description: 'One image' }, () => ({
    content: [{ type: 'image', ...IMAGE }],
  }));
  server.registerTool('test_audio_content', { description: 'One sound' }, () => ({
    content: [{ type: 'audio', ...AUDIO }],
  }));
  server.registerTool('test_embedded_resource', { description: 'One embedded resource' }, () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }));
  server.registerTool('test_multiple_content_types', { description: 'Text, image and resource' }, () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', ...IMAGE },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }));
  server.registerTool('test_error_handling', { description: 'Always fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  server.registerTool('test_tool_with_logging', { description: 'Logs three times' }, async (context) => {
    for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await context.mcpReq.log('info', message);
      await sleep(STEP_MS);
    }
    return text('Logged three times.');
  });
  server.registerTool('test_logging_tool', { description: 'Logs once' }, async (context) => {
    await context.mcpReq.log('info', 'Only for those who asked for logs');
    return text('Logged once.');
  });
  server.registerTool('test_tool_with_progress', { description: 'Reports progress' }, async (context) => {
    const progressToken = context.mcpReq['_meta']?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await context.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        });
      }
      await sleep(STEP_MS);
    }
    return text(`Progress for ${String(progressToken)}`);
  });
  server.registerTool('test_reconnection', { description: 'Drops the stream, then answers' }, async (context) => {
    context.http?.closeSSE?.();
    await sleep(5 * STEP_MS);
    return text('Answered after the stream was dropped.');
  });
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'A schema with every keyword', inputSchema: fromJsonSchema(KEYWORD_SCHEMA) },
    () => text('ok'),
  );
  server.registerTool(
    'test_custom_headers',
    { description: 'A parameter that is mirrored in a header', inputSchema: fromJsonSchema(HEADER_SCHEMA) },
    (args) => text(JSON.stringify(args)),
  );
  server.registerTool('test_trigger_tool_change', { description: `Revision ${state.toolRevision}` }, () => {
    state.changeTools();
    return text('The tools have changed.');
  });
  server.registerTool('test_trigger_prompt_change', { description: 'Changes the prompts' }, () => {
    state.changePrompts();
    return text('The prompts have changed.');
  });
}
