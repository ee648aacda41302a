import { z } from 'zod';

/** What PostgreSQL cannot store in text, and no name or sentence needs. */
const NUL = '\u0000';

/** Text of at most `max` characters, without NUL and halves of surrogate pairs: it is stored as it was given or not at all. */
export function text(max: number): z.ZodString {
  return z
    .string()
    .max(max)
    .refine((value) => !value.includes(NUL), 'must not contain a NUL character')
    .refine((value) => !/\p{Cs}/u.test(value), 'must not contain half a surrogate pair');
}

/** A list in a query string: `a,b`, or the parameter given several times. */
export function commaList(maxItems: number, maxCharacters: number) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((part) => part.split(','))
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .pipe(z.array(text(maxCharacters)).max(maxItems));
}

/** `limit` of a list: 1 to 100. */
export function limit(defaultLimit: number) {
  return z.coerce.number().int().min(1).max(100).default(defaultLimit).describe('Entries a page');
}

export const cursor = text(2000).describe('The `nextCursor` of the page before').optional();

/** A flag in a query string. */
export const flag = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'], case: 'sensitive' });
