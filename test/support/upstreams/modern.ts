import { toNodeHandler } from '@modelcontextprotocol/node';
import { type UpstreamContent, upstreamContent } from './content.js';
import { listen, type Upstream } from './listen.js';
import { modernHandler } from './modern-server.js';

export interface ModernUpstream extends Upstream {
  readonly content: UpstreamContent;
  /** Tells whoever listens that the tools changed. */
  notifyToolsChanged(): void;
}

/** Speaks 2026-07-28 and refuses everything before it. */
export function startModernOnly(overrides: Partial<UpstreamContent> = {}): Promise<ModernUpstream> {
  return start(overrides, 'reject');
}

/** Speaks 2026-07-28, and the revisions before it without sessions. */
export function startDualEra(overrides: Partial<UpstreamContent> = {}): Promise<ModernUpstream> {
  return start(overrides, 'stateless');
}

async function start(overrides: Partial<UpstreamContent>, legacy: 'stateless' | 'reject'): Promise<ModernUpstream> {
  const content = upstreamContent(overrides);
  const handler = modernHandler(content, legacy);
  const serve = toNodeHandler(handler);
  const upstream = await listen((req, res) => void serve(req, res));
  return {
    ...upstream,
    content,
    notifyToolsChanged: () => handler.notify.toolsChanged(),
    close: async () => {
      await handler.close();
      await upstream.close();
    },
  };
}
