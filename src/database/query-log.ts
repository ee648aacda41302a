import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from 'typeorm';
import { databaseCode } from './database-errors.js';

/** Statements slower than this are logged, in milliseconds. */
export const SLOW_QUERY_MS = 500;
/** Transactions slower than this are logged, in milliseconds. */
export const SLOW_TRANSACTION_MS = 1000;

/**
 * A statement's name: its leading comment (`servers.page`), else its verb and table. Never
 * its text or its parameters, which may hold what a log must not.
 */
export function statementName(sql: string): string {
  const named = /^\s*\/\*\s*([\w.:-]{1,80})\s*\*\//.exec(sql);
  if (named?.[1] !== undefined) return named[1];
  const [, verb = 'statement', table = ''] =
    /^\s*(\w+)[\s\S]*?(?:(?:from|into|update|table)\s+"?(\w+)|$)/i.exec(sql.slice(0, 2000)) ?? [];
  return `${verb.toUpperCase()} ${table}`.trim();
}

/** TypeORM's log, reduced to what an operator acts on. */
export class QueryLog implements Logger {
  readonly #log = new NestLogger('Database');

  logQuerySlow(timeMs: number, query: string): void {
    this.#log.warn(`Slow database query: ${timeMs.toFixed(2)}ms ${statementName(query)}`);
  }

  logQuery(): void {}
  /** The caller gets the error and decides: most are answers (a duplicate), not faults. */
  logQueryError(error: unknown, query: string): void {
    // The slowest of all never end by themselves.
    if (databaseCode(error) === '57014')
      this.#log.warn(`Slow database query: stopped at its time limit ${statementName(query)}`);
  }
  logSchemaBuild(): void {}
  logMigration(message: string): void {
    this.#log.log(message);
  }
  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.#log.warn(String(message));
  }
}
