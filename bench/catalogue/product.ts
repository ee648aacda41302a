/** The shape of a catalogue file: servers with the tools that they list over MCP. */
export interface CatalogueTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: JsonSchema;
}

export interface CatalogueServer {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly tools: readonly CatalogueTool[];
}

export interface Catalogue {
  readonly servers: readonly CatalogueServer[];
}

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

type Naming = 'snake' | 'camel' | 'kebab';

const TOOL_LINE = /^(?<name>\w+)\((?<parameters>[^)]*)\): (?<description>.+)$/;

/** Plain words for parameters that need some; others are described by their name. */
const PARAMETERS: Readonly<Record<string, JsonSchema>> = {
  limit: { type: 'integer', description: 'Maximum number of results to return' },
  cursor: { type: 'string', description: 'Opaque cursor of the next page' },
  query: { type: 'string', description: 'What to look for' },
  start: { type: 'string', description: 'Begin of the period, ISO 8601' },
  end: { type: 'string', description: 'End of the period, ISO 8601' },
  date: { type: 'string', description: 'Day in the form YYYY-MM-DD' },
  latitude: { type: 'number', description: 'Latitude in decimal degrees (WGS 84)' },
  longitude: { type: 'number', description: 'Longitude in decimal degrees (WGS 84)' },
  radius: { type: 'number', description: 'Search radius in metres' },
  path: { type: 'string', description: 'Path relative to the workspace root' },
  format: { type: 'string', enum: ['json', 'csv', 'markdown'], description: 'Output format' },
  unit: { type: 'string', enum: ['metric', 'imperial'], description: 'System of measurement' },
  dryRun: { type: 'boolean', description: 'Only say what would be done' },
  options: {
    type: 'object',
    description: 'Advanced settings',
    properties: {
      timeoutSeconds: { type: 'integer', description: 'Give up after this many seconds' },
      verbose: { type: 'boolean', description: 'Include diagnostic output' },
    },
  },
};

/**
 * A server from a compact text: one tool a line, `name(parameter, optional?, list[]): description`,
 * names in snake_case, turned into the product's own naming.
 */
export function product(
  name: string,
  title: string,
  description: string,
  naming: Naming,
  lines: string,
): CatalogueServer {
  const tools = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line): CatalogueTool => {
      const groups = TOOL_LINE.exec(line)?.groups;
      if (!groups) throw new Error(`${name}: not a tool line: ${line}`);
      return {
        name: named(groups['name'] ?? '', naming),
        description: groups['description'] ?? '',
        inputSchema: schemaOf(groups['parameters'] ?? '', naming),
      };
    });
  return { name, title, description, tools };
}

function schemaOf(text: string, naming: Naming): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const parameter of text.split(',').map((part) => part.trim())) {
    if (parameter === '') continue;
    const bare = parameter.replace(/[?[\]]/g, '');
    const known = PARAMETERS[bare] ?? { type: 'string', description: sentence(bare) };
    const name = named(bare, naming === 'kebab' ? 'camel' : naming);
    properties[name] = parameter.includes('[]')
      ? { type: 'array', items: { type: 'string' }, ...(known.description && { description: known.description }) }
      : known;
    if (!parameter.endsWith('?')) required.push(name);
  }
  return { type: 'object', properties, required };
}

function sentence(name: string): string {
  const words = name.split('_').join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function named(name: string, naming: Naming): string {
  if (naming === 'snake') return name;
  if (naming === 'kebab') return name.replaceAll('_', '-');
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
