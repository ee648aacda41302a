/** What an upstream wants to see before it answers. */
export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

export type CredentialKind = Credential['kind'];

/** Names in lower case. */
export type CredentialHeaders = Readonly<Record<string, string>>;

/** The headers that present a credential: RFC 6750 section 2.1, RFC 7617 (in UTF-8), or one of any name. */
export function headersOf(credential: Credential): CredentialHeaders {
  switch (credential.kind) {
    case 'bearer':
      return { authorization: `Bearer ${credential.token}` };
    case 'basic': {
      const pair = Buffer.from(`${credential.username}:${credential.password}`, 'utf8');
      return { authorization: `Basic ${pair.toString('base64')}` };
    }
    case 'header':
      return { [credential.name.toLowerCase()]: credential.value };
  }
}
