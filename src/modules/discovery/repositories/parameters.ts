import type { ScopeCondition } from '../../../database/scope-sql.js';

/** The parameters of one statement, numbered in the order in which its text asks for them. */
export class Parameters {
  readonly values: unknown[] = [];

  /** The placeholder for a value. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${String(this.values.length)}`;
  }

  /** A condition that `database/scope-sql.ts` makes for the next placeholder. */
  scoped(condition: (parameterIndex: number) => ScopeCondition): string {
    const { sql, parameters } = condition(this.values.length + 1);
    this.values.push(...parameters);
    return sql;
  }
}
