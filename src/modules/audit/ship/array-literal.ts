type Value = string | number | boolean | null;

const QUOTED = /["\\]/;

/**
 * An array as PostgreSQL reads it from text. The driver's own, which takes each element through every type that it
 * knows, is several times slower, and a batch has twenty-five arrays.
 */
export function arrayLiteral<Row>(rows: readonly Row[], read: (row: Row) => Value): string {
  let literal = '{';
  let separator = '';
  for (const row of rows) {
    const value = read(row);
    literal += separator;
    separator = ',';
    literal += typeof value === 'string' ? quoted(value) : value === null ? 'NULL' : String(value);
  }
  return `${literal}}`;
}

function quoted(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`;
}
