const NOUNS = ['issue', 'repository', 'document', 'customer', 'invoice', 'dashboard', 'deployment', 'ticket'];
const VERBS = ['create', 'get', 'list', 'update', 'delete', 'search', 'archive', 'export'];

const ECHO = {
  name: 'echo',
  title: 'Echo',
  description: 'Returns the text argument unchanged.',
  inputSchema: {
    type: 'object',
    properties: { text: { type: 'string', description: 'Text to return' } },
    required: ['text'],
  },
  annotations: { readOnlyHint: true },
};

/** `echo`, and as many others as make `count`: about 1 kB each, as real definitions are. */
export function toolDefinitions(count: number): object[] {
  return [ECHO, ...Array.from({ length: Math.max(0, count - 1) }, (_, index) => definition(index + 1))];
}

function definition(index: number): object {
  const verb = VERBS[index % VERBS.length] ?? '';
  const noun = NOUNS[Math.floor(index / VERBS.length) % NOUNS.length] ?? '';
  return {
    name: `${verb}_${noun}_${index}`,
    title: `${verb} ${noun}`,
    description: `Use this when the user asks to ${verb} one or more ${noun}s in the workspace; results are paged and sorted by their last update.`,
    inputSchema: {
      type: 'object',
      properties: {
        workspace_id: { type: 'string', format: 'uuid', description: 'The workspace to act in' },
        query: { type: 'string', maxLength: 500, description: 'Free-text filter, matched against title and body' },
        status: { type: 'string', enum: ['open', 'in_progress', 'closed', 'archived'], default: 'open' },
        labels: { type: 'array', items: { type: 'string', maxLength: 64 }, maxItems: 20, uniqueItems: true },
        limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        options: {
          type: 'object',
          properties: {
            include_deleted: { type: 'boolean', default: false },
            sort: { type: 'string', enum: ['asc', 'desc'] },
          },
          additionalProperties: false,
        },
      },
      required: ['workspace_id'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: verb === 'get' || verb === 'list' || verb === 'search' },
  };
}
