import { z } from 'zod';
import { HEADER_VALUE, isCredentialHeader } from './header-rules.js';

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;
const secret = (max: number) => z.string().min(1).max(max).meta({ writeOnly: true, format: 'password' });
const printable = (value: string): boolean => !CONTROL.test(value);

const Bearer = z
  .strictObject({
    kind: z.literal('bearer'),
    token: secret(8000).regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters, without blanks'),
  })
  .meta({ id: 'BearerCredential' });

const Basic = z
  .strictObject({
    kind: z.literal('basic'),
    // RFC 7617, section 2: the first colon ends the name.
    username: z
      .string()
      .max(500)
      .refine((value) => printable(value) && !value.includes(':'), 'must have no colon and no control character'),
    password: z
      .string()
      .max(2000)
      .refine(printable, 'must have no control character')
      .meta({ writeOnly: true, format: 'password' }),
  })
  .meta({ id: 'BasicCredential' });

const Header = z
  .strictObject({
    kind: z.literal('header'),
    name: z
      .string()
      .max(100)
      .refine(isCredentialHeader, 'must be a header name that neither HTTP nor MCP needs for itself'),
    value: secret(8000).regex(HEADER_VALUE, 'must be printable ASCII, without blanks at its ends'),
  })
  .meta({ id: 'HeaderCredential' });

const OauthClient = z
  .looseObject({ kind: z.literal('oauth_client_credentials').describe('Not in this version yet: 422') })
  .meta({ id: 'OauthClientCredential' });

/** What an upstream wants to see. Written, never read. */
export const GivenCredential = z
  .discriminatedUnion('kind', [Bearer, Basic, Header, OauthClient])
  .describe('Sent to this server and its origin only; encrypted where it is stored, and returned by no route')
  .meta({ id: 'UpstreamCredential', examples: [{ kind: 'bearer', token: 'the-token-that-the-server-expects' }] });
