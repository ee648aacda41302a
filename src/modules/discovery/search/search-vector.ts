/** The fields of a search document, by the weight of their words. */
export const FIELDS = ['A', 'B', 'C', 'D'] as const;
export type Field = (typeof FIELDS)[number];
export type FieldCounts = Readonly<Record<Field, number>>;

export interface SearchVector {
  /** Words in each field. */
  readonly lengths: FieldCounts;
  /** How often the wanted lexemes occur in each field; absent: nowhere. */
  readonly occurrences: ReadonlyMap<string, FieldCounts>;
}

const ENTRY = /'((?:[^']|'')*)':(\S+)/g;

/** Reads `tsvector` as PostgreSQL prints it (`'price':2A,7C 'stock':1A`), for the wanted lexemes. */
export function readVector(text: string, wanted: ReadonlySet<string>): SearchVector {
  const lengths = { A: 0, B: 0, C: 0, D: 0 };
  const occurrences = new Map<string, FieldCounts>();
  for (const [, lexeme = '', positions = ''] of text.matchAll(ENTRY)) {
    const counts = { A: 0, B: 0, C: 0, D: 0 };
    for (let end = positions.length; end > 0; end = positions.lastIndexOf(',', end - 1)) {
      counts[fieldAt(positions, end - 1)] += 1;
    }
    for (const field of FIELDS) lengths[field] += counts[field];
    if (wanted.has(lexeme)) occurrences.set(lexeme, counts);
  }
  return { lengths, occurrences };
}

/** The weight letter after a position; D, the default, is not printed. */
function fieldAt(positions: string, index: number): Field {
  const letter = positions[index];
  return letter === 'A' || letter === 'B' || letter === 'C' ? letter : 'D';
}
