import { parseArgs } from 'node:util';
import type { Era } from '../tools/mcp-connection.js';

export interface Settings {
  readonly smoke: boolean;
  readonly rounds: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly eras: readonly Era[];
  /** The whole run is given up after this. */
  readonly withinMs: number;
}

const MINUTE_MS = 60_000;

/** `[--smoke] [--rounds 5] [--seconds 3] [--era modern|legacy]` */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      era: { type: 'string' },
    },
  });
  const { smoke, era } = values;
  if (era !== undefined && era !== 'modern' && era !== 'legacy') throw new Error('--era takes modern or legacy');
  return {
    smoke,
    rounds: Number(values.rounds ?? (smoke ? 1 : 5)),
    durationMs: Number(values.seconds ?? (smoke ? 0.3 : 3)) * 1000,
    warmUpMs: smoke ? 100 : 700,
    eras: era === undefined ? ['modern', 'legacy'] : [era],
    withinMs: smoke ? 5 * MINUTE_MS : 60 * MINUTE_MS,
  };
}
