import { parseArgs } from 'node:util';
import type { Era } from '../tools/mcp-connection.js';

/** The parts of the bench, in their order. */
export const SECTIONS = ['calls', 'black-hole', 'bridges', 'lists', 'replicas'] as const;
export type Section = (typeof SECTIONS)[number];

export interface Settings {
  readonly smoke: boolean;
  readonly sections: readonly Section[];
  readonly rounds: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly eras: readonly Era[];
  /** The whole run is given up after this. */
  readonly withinMs: number;
}

const MINUTE_MS = 60_000;

/** `[--smoke] [--rounds 5] [--seconds 3] [--era modern|legacy] [--only calls|black-hole|bridges|lists|replicas]` */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      era: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const { smoke, era, only } = values;
  if (era !== undefined && era !== 'modern' && era !== 'legacy') throw new Error('--era takes modern or legacy');
  const sections = SECTIONS.filter((section) => only === undefined || only === section);
  if (sections.length === 0) throw new Error(`--only takes one of ${SECTIONS.join(', ')}`);
  return {
    smoke,
    sections,
    rounds: Number(values.rounds ?? (smoke ? 1 : 5)),
    durationMs: Number(values.seconds ?? (smoke ? 0.3 : 3)) * 1000,
    warmUpMs: smoke ? 100 : 700,
    eras: era === undefined ? ['modern', 'legacy'] : [era],
    withinMs: smoke ? 5 * MINUTE_MS : 60 * MINUTE_MS,
  };
}
