import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from './problem.js';

/** Tags in the order in which a newcomer reads them. */
const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['servers', 'Register MCP servers and watch them'],
  ['discovery', 'Find tools, resources, prompts and servers'],
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
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'Not needed in local mode' });
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    standardSchemaConverter: (schema, { schemaType }) => {
      const { $schema, $defs, ...converted } = z.toJSONSchema(schema as z.ZodType, {
        target: 'draft-2020-12',
        io: schemaType,
        unrepresentable: 'any',
      });
      return { schema: converted, components: $defs ?? {} };
    },
  });
  const { $schema, id, ...problem } = z.toJSONSchema(Problem, { target: 'draft-2020-12', io: 'output' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problem as never },
  };
  return document;
}
