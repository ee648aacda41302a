/** The middle value (the lower of two), or `undefined` of nothing. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

/**
 * Ratios to `base`, round by round, and then their median: what slows a whole round down slows both sides, so this is
 * steadier than the ratio of two medians. Rounds that lack one side are left out.
 */
export function medianRatio(values: readonly (number | undefined)[], base: readonly (number | undefined)[]) {
  const ratios = values.flatMap((value, round) => {
    const other = base[round];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
  return median(ratios);
}
