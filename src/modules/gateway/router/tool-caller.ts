import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { Principal } from '../../../kernel/principal.js';
import { isRecord } from '../../../mcp/json-record.js';
import { CLIENT_CAPABILITIES_KEY, CLIENT_INFO_KEY, PROTOCOL_VERSION_KEY } from '../../../mcp/meta-keys.js';
import { addModernHeaders } from '../../../mcp/modern-headers.js';
import { addParamHeaders } from '../../../mcp/param-headers.js';
import { scanResponse } from '../../../mcp/scan-response.js';
import { FIRST_MODERN_VERSION, LEGACY_VERSIONS } from '../../../mcp/versions.js';
import { Catalogue } from '../catalogue/catalogue.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { EraDoubts } from '../forward/era-doubts.js';
import { readResponse } from '../forward/read-response.js';
import { isEventStream } from '../forward/relay.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import { postHeaders, type UpstreamAnswer } from '../forward/upstream-exchange.js';
import { UPSTREAM_DEFAULTS, type UpstreamDefaults } from '../forward/upstream-defaults.js';
import { GATEWAY_INFO } from '../own-answers.js';
import { sessionVerdict } from '../sessions/forgotten-session.js';
import { OwnSessions } from './own-sessions.js';

const ANSWER_BYTES_AT_MOST = 8 * 1024 * 1024;

export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number | undefined;
}

/** What a tool answered: `result` as the server sent it. */
export interface ToolAnswer {
  readonly result: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

/** Calls a tool as a client of our own, in the era that the server speaks. */
@Injectable()
export class ToolCaller {
  constructor(
    private readonly client: UpstreamClient,
    private readonly catalogue: Catalogue,
    private readonly sessions: OwnSessions,
    private readonly doubts: EraDoubts,
    @Inject(UPSTREAM_DEFAULTS) private readonly defaults: UpstreamDefaults,
  ) {}

  /** @throws AppError `gateway.*`, `egress.*`; a JSON-RPC error of the server is `gateway.tool_refused`. */
  async call(principal: Principal, server: RoutedServer, call: ToolCall): Promise<ToolAnswer> {
    const signal = AbortSignal.timeout(call.timeoutMs ?? server.settings.timeoutMs ?? this.defaults.timeoutMs);
    try {
      const answer =
        server.eras.modern === undefined
          ? await this.#legacy(principal, server, call, signal)
          : await this.#modern(server, call, signal);
      const response = await readResponse(answer, ANSWER_BYTES_AT_MOST);
      const bytes = response.kind === 'read' ? response.bytes : undefined;
      if (server.eras.modern !== undefined) {
        this.doubts.weigh(server, answer.statusCode, bytes && scanResponse(bytes).errorCode);
      }
      if (response.kind === 'too_large') throw tooLarge(server);
      refuseStatus(server, answer, bytes);
      return resultOf(server, bytes ?? Buffer.alloc(0));
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new AppError('upstream_timeout', 'gateway.timeout', `${server.name} did not answer in time.`, {
        cause: error,
      });
    }
  }

  async #modern(server: RoutedServer, call: ToolCall, signal: AbortSignal): Promise<UpstreamAnswer> {
    const headers = postHeaders();
    addModernHeaders(headers, FIRST_MODERN_VERSION, 'tools/call', call.tool);
    const tool = (await this.catalogue.of(server)).tools.get(call.tool);
    addParamHeaders(headers, tool?.paramHeaders ?? [], call.arguments);
    const meta = {
      [PROTOCOL_VERSION_KEY]: FIRST_MODERN_VERSION,
      [CLIENT_CAPABILITIES_KEY]: {},
      [CLIENT_INFO_KEY]: GATEWAY_INFO,
    };
    return this.client.request(server, { method: 'POST', body: body(call, meta), headers, signal });
  }

  async #legacy(
    principal: Principal,
    server: RoutedServer,
    call: ToolCall,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    if ((server.eras.legacy?.length ?? 0) === 0) {
      throw new AppError('unavailable', 'gateway.not_probed', `${server.name} has not been read yet: probe it first.`);
    }
    const send = async (headers: Readonly<Record<string, string>>): Promise<UpstreamAnswer> =>
      this.client.request(server, { method: 'POST', body: body(call), headers, signal });
    const held = await this.sessions.headersFor(principal, server, LEGACY_VERSIONS[0] ?? '');
    const answer = await send(held.headers);
    if (!held.hasSession) return answer;
    const verdict = await sessionVerdict(answer);
    // The server forgot the session, so nothing ran: the one case in which the call goes again.
    return verdict.forgotten ? send(await held.renew()) : verdict.answer;
  }
}

function body(call: ToolCall, meta?: object): Buffer {
  const params = { name: call.tool, arguments: call.arguments, ...(meta ? { _meta: meta } : {}) };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
}

function tooLarge({ name }: RoutedServer): AppError {
  return new AppError('upstream_failed', 'gateway.answer_too_large', `${name} answered with more than 8 MiB.`);
}

/** An answer at the end of an event stream is one whatever the status; a body may be a page of errors. */
function refuseStatus({ name }: RoutedServer, answer: UpstreamAnswer, bytes: Buffer | undefined): void {
  const { statusCode } = answer;
  if ((bytes && isEventStream(answer)) || statusCode < 300 || statusCode === 400 || statusCode === 404) return;
  throw new AppError('upstream_failed', 'gateway.upstream_status', `${name} answered with HTTP ${String(statusCode)}.`);
}

function resultOf(server: RoutedServer, bytes: Buffer): ToolAnswer {
  const message = parsed(bytes);
  if (isRecord(message) && isRecord(message['result'])) return { result: message['result'], bytes: bytes.length };
  const error = isRecord(message) ? message['error'] : undefined;
  if (!isRecord(error))
    throw new AppError(
      'upstream_failed',
      'gateway.bad_answer',
      `${server.name} did not answer with a JSON-RPC response.`,
    );
  throw new AppError(
    'unprocessable',
    'gateway.tool_refused',
    `${server.name} refused the call: ${String(error['message']).slice(0, 1000)}`,
    {
      data: { rpcCode: error['code'] },
    },
  );
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
