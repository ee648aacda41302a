/** `mrg-<replica>-<number>`: whoever gets the answer knows which replica waits for it. There is no secret in it. */
const INPUT_ID = /^mrg-([A-Za-z0-9_-]{1,64})-\d{1,16}$/;

export function inputId(replicaId: string, number: number): string {
  return `mrg-${replicaId}-${String(number)}`;
}

/** The replica that asked under this id; `undefined` for an id that is not one of ours. */
export function replicaOf(id: unknown): string | undefined {
  return typeof id === 'string' ? INPUT_ID.exec(id)?.[1] : undefined;
}
