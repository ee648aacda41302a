const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/g;

/**
 * Whether a URI may be an expansion of an RFC 6570 template: the literal parts in their order, and
 * what stands for an expression without a slash, except where the operator allows one (`+`, `#`, `/`).
 * Linear in the length of the URI: literals are searched, nothing backtracks.
 */
export function matcherOf(template: string): (uri: string) => boolean {
  const literals: string[] = [];
  const mayHaveSlash: boolean[] = [];
  let at = 0;
  for (const match of template.matchAll(EXPRESSION)) {
    literals.push(template.slice(at, match.index));
    mayHaveSlash.push(['+', '#', '/'].includes(match[1] ?? ''));
    at = match.index + match[0].length;
  }
  const tail = template.slice(at);
  return (uri) => {
    let position = 0;
    for (const [i, literal] of literals.entries()) {
      const found = i === 0 ? (uri.startsWith(literal) ? 0 : -1) : uri.indexOf(literal, position);
      if (found === -1) return false;
      if (i > 0 && mayHaveSlash[i - 1] !== true && uri.slice(position, found).includes('/')) return false;
      position = found + literal.length;
    }
    if (literals.length === 0) return uri === tail;
    if (!uri.endsWith(tail) || uri.length - tail.length < position) return false;
    return mayHaveSlash.at(-1) === true || !uri.slice(position, uri.length - tail.length).includes('/');
  };
}
