import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// What the quickstart shows, each step with the `curl` line that repeats it.

const NAME = 'everything';

/** @param {string} url of the service @param {string} endpointUrl of the MCP server */
export async function quickstartSteps(url, endpointUrl) {
  say(`\nThe service is ready at ${url}, and a real MCP server (server-everything) at ${endpointUrl}.\n`);

  const server = await register(url, endpointUrl);
  say(
    `   -> ${server.name} ${server.upstreamVersion ?? ''} is ${server.status}; it speaks ${describeEras(server.eras)}\n`,
  );

  say('2. Find a tool by its name:');
  const { tools } = await call(url, 'GET', '/api/v1/discovery/tools?tools=echo');
  say(
    `   -> ${tools.map((tool) => `${tool.name} of ${tool.server.name}: ${tool.description}`).join('; ') || 'none'}\n`,
  );
  if (tools.length === 0) throw new Error('discovery does not find the tool echo');

  say('3. Or by what it does:');
  const found = await call(url, 'GET', `/api/v1/discovery/tools?q=${encodeURIComponent('add two numbers')}&limit=1`);
  say(`   -> ${found.tools.map((tool) => `${tool.name}: ${tool.description}`).join('; ') || 'none'}\n`);

  say('4. Its resources and prompts:');
  const resources = await call(url, 'GET', `/api/v1/servers/${server.id}/resources?limit=100`);
  const prompts = await call(url, 'GET', `/api/v1/servers/${server.id}/prompts?limit=100`);
  say(`   -> ${resources.items.length} resources, ${prompts.items.length} prompts\n`);

  say('5. Call the tool, over REST and over MCP:');
  const called = await call(url, 'POST', '/api/v1/router/call', {
    tool: 'echo',
    server: NAME,
    arguments: { message: 'hello' },
  });
  say(`   -> ${called.result.content?.[0]?.text} (in ${called.responseTimeMs} ms)`);
  const text = await echoOverMcp(`${url}/mcp`, `${server.alias}__echo`);
  say(`   claude mcp add --transport http gateway ${url}/mcp`);
  say(`   -> ${server.alias}__echo over MCP: ${text}\n`);

  say(`MCP         ${url}/mcp (all servers), ${url}/mcp/servers/${NAME} (this one)`);
  say(`Swagger UI  ${url}/docs`);
  say(`Health      ${url}/health`);
  say(`Metrics     ${url}/metrics`);
}

/** As any MCP client does. */
async function echoOverMcp(endpoint, tool) {
  const client = new Client({ name: 'quickstart', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint)));
  try {
    const { content } = await client.callTool({ name: tool, arguments: { message: 'hello' } });
    return content[0].text;
  } finally {
    await client.close();
  }
}

async function register(url, endpointUrl) {
  say('1. Register the MCP server:');
  const body = { name: NAME, endpointUrl, tags: ['demo'] };
  const answer = await request(url, 'POST', '/api/v1/servers', body);
  if (answer.status !== 409) return expectOk(answer);
  say('   It is registered already, by an earlier run: tell where it is now.');
  const id = (await answer.json()).data.id;
  return call(url, 'PATCH', `/api/v1/servers/${id}`, { endpointUrl });
}

async function call(url, method, path, body) {
  return expectOk(await request(url, method, path, body));
}

async function request(url, method, path, body) {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const flags = [
    method === 'GET' ? '' : `-X ${method} `,
    json ? `-H 'content-type: application/json' -d '${json}' ` : '',
  ];
  say(`   curl -s ${flags.join('')}'${url}${path}'`);
  return fetch(url + path, {
    method,
    ...(json ? { headers: { 'content-type': 'application/json' }, body: json } : {}),
  });
}

async function expectOk(response) {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${response.url} answered ${response.status}: ${text}`);
}

function describeEras({ modern, legacy = [] }) {
  return [modern, ...legacy].filter(Boolean).join(', ') || 'nothing that we understand';
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
