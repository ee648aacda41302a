/**
 * Measures every subject once a round, each round beginning with another one, so that what slows the machine for a
 * while slows all of them. Results by name, in the order of the rounds.
 */
export async function interleave<Subject extends { readonly name: string }, Result>(
  subjects: readonly Subject[],
  rounds: number,
  measure: (subject: Subject, round: number) => Promise<Result>,
): Promise<ReadonlyMap<string, readonly Result[]>> {
  const results = new Map<string, Result[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      results.get(subject.name)?.push(await measure(subject, round));
    }
  }
  return results;
}
