/** Whether two ids, as JSON text, are one value: a peer may write `"a"` where it read `"\u0061"`. */
export function sameId(a: string, b: string): boolean {
  return a === b || valueOf(a) === valueOf(b);
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
