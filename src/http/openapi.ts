import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from './problem.js';

/** Tags in the order in which a newcomer reads them. */
const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['servers', 'Register MCP servers and watch them'],
  ['discovery', 'Find tools, resources, prompts and servers'],
  ['router', 'Call tools without speaking MCP'],
  ['audit', 'Who did what, and whether the list can be trusted'],
  ['auth', 'Who you are, and keys for machines'],
  ['health', 'Probes and the state of the service'],
  ['monitoring', 'Metrics'],
];

/** The OpenAPI 3.1 document of the whole application. */
export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('MCP Registry Gateway')
    .setDescription('Registry, discovery and gateway for Model Context Protocol servers.')
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'A token of Entra ID, or an API key. Not needed in local mode',
    })
    .addSecurity('apiKey', { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key' });
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    standardSchemaConverter: (schema, { schemaType }) => {
      const { $schema, $defs, ...converted } = z.toJSONSchema(schema as z.ZodType, {
        target: 'draft-2020-12',
        io: schemaType,
        unrepresentable: 'any',
      });
      return schemaType === 'input'
        ? {
            schema: withDefaultsInWords(converted),
            components: withDefaultsInWords($defs ?? {}) as Record<string, unknown>,
          }
        : { schema: converted, components: $defs ?? {} };
    },
  });
  const { $schema, ...problem } = z.toJSONSchema(Problem, { target: 'draft-2020-12', io: 'output' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problem as never },
  };
  return document;
}

/**
 * Says a member's default in its description. As a keyword, generators of clients take it for a
 * promise that the member is there, and make callers send what they may leave out.
 */
function withDefaultsInWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDefaultsInWords);
  if (typeof value !== 'object' || value === null) return value;
  const { default: given, ...rest } = value as Record<string, unknown>;
  const walked = Object.fromEntries(
    Object.entries(rest).map(([key, member]) => [key, key === 'examples' ? member : withDefaultsInWords(member)]),
  );
  if (given === undefined) return walked;
  const { description } = walked;
  const said = typeof description === 'string' ? `${description}. ` : '';
  return { ...walked, description: `${said}Default: ${JSON.stringify(given)}` };
}
