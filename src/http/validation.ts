import { StandardSchemaValidationPipe } from '@nestjs/common';
import { AppError, type FieldViolation } from '../kernel/app-error.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const MOST_VIOLATIONS = 50;

/**
 * Takes values as they came. Nest's own pipe drops `constructor`, `prototype` and `__proto__` at every
 * depth before the schema sees them: an unknown parameter of that name would pass unseen, and a tool
 * would lose an argument. Schemas copy what they know, and the JSON parser refuses prototypes in bodies.
 */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}
}

/** Checks every parameter that has a schema; a failure lists every wrong field with its path. */
export const validationPipe = new SchemaPipe({
  exceptionFactory: (issues: readonly Issue[]) => invalid(issues),
});

function invalid(issues: readonly Issue[]): AppError {
  const violations = issues.slice(0, MOST_VIOLATIONS).map(violationOf);
  const listed = violations.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return new AppError('invalid', 'request.invalid', `The request is not valid: ${listed.slice(0, 2000)}`, {
    violations,
  });
}

function violationOf(issue: Issue): FieldViolation {
  const path = (issue.path ?? [])
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .join('.');
  return { path: path.slice(0, 200), message: issue.message.slice(0, 500) };
}
