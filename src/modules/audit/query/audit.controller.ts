import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller } from '../../../http/access.js';
import { CursorCodec } from '../../../http/cursor.js';
import { Endpoint } from '../../../http/endpoint.js';
import type { Caller } from '../../../kernel/caller.js';
import {
  AuditEventPage,
  AuditStats,
  AuditVerification,
  AuditWindow,
  ExportEvents,
  FindEvents,
} from './audit.schemas.js';
import { AuditQueries, positionOf } from './audit-queries.service.js';
import { eventOnWire, ndjson, statsOnWire, verificationOnWire } from './wire.js';

const OWN = 'Administrators see all of their tenant, everybody else what they did themselves.';

@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly queries: AuditQueries,
    private readonly cursors: CursorCodec,
  ) {}

  @Get('events')
  @Endpoint({
    operationId: 'listAuditEvents',
    summary: 'Who did what, newest first',
    description: `${OWN} An event is here a moment after its answer, or once the database is back.`,
    access: 'readonly',
    response: AuditEventPage,
    errors: [400],
  })
  async events(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: FindEvents }) query: z.output<typeof FindEvents>,
  ): Promise<z.output<typeof AuditEventPage>> {
    const { limit, cursor, ...filter } = query;
    const list = ['audit/events', filter];
    const [timestamp = '', id = ''] = cursor === undefined ? [] : this.cursors.decode(cursor, list);
    const after = cursor === undefined ? undefined : { timestamp, id };
    const rows = await this.queries.page(principal, filter, limit + 1, after);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const next = last && positionOf(last);
    return {
      items: page.map(eventOnWire),
      nextCursor: next ? this.cursors.encode([next.timestamp, next.id], list) : null,
    };
  }

  @Get('stats')
  @Endpoint({
    operationId: 'getAuditStats',
    summary: 'Calls, error rate and p95 duration by tool and by user',
    description: `${OWN} Over the last 24 hours unless told, over 31 days at most.`,
    access: 'readonly',
    response: AuditStats,
    errors: [400],
  })
  async stats(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: ExportEvents }) filter: z.output<typeof ExportEvents>,
  ): Promise<z.output<typeof AuditStats>> {
    return statsOnWire(await this.queries.stats(principal, filter));
  }

  @Get('export')
  @ApiProduces('application/x-ndjson')
  @Endpoint({
    operationId: 'exportAuditEvents',
    summary: 'All events as NDJSON, one JSON object a line, newest first',
    description: `${OWN} A connection that ends without its last chunk did not bring everything.`,
    access: 'readonly',
    errors: [400],
  })
  export(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: ExportEvents }) filter: z.output<typeof ExportEvents>,
  ): StreamableFile {
    const lines = ndjson(this.queries.all(principal, filter));
    return new StreamableFile(Readable.from(lines, { objectMode: false }), { type: 'application/x-ndjson' });
  }

  @Get('verify')
  @Endpoint({
    operationId: 'verifyAudit',
    summary: 'Whether records were changed, removed or reordered',
    description:
      'For operators. Checks the chains of every writer that was at work in the window, from the anchor before it to the anchor behind it. What retention dropped is not taken for tampering.',
    access: 'operator',
    response: AuditVerification,
    errors: [400],
  })
  async verify(
    @Query({ schema: AuditWindow }) { from, to }: z.output<typeof AuditWindow>,
  ): Promise<z.output<typeof AuditVerification>> {
    return verificationOnWire(await this.queries.verify({ from, to }));
  }
}
