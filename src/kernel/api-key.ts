/** `mrg_<selector>_<secret>`: the selector finds the key, the secret, of 32 random bytes at least, proves it. */
export const API_KEY = /^mrg_([A-Za-z0-9]{12})_([A-Za-z0-9_-]{43,200})$/;

export interface ApiKeyParts {
  readonly selector: string;
  readonly secret: string;
}

/** Undefined for what is no such key. */
export function partsOfApiKey(text: string): ApiKeyParts | undefined {
  const [, selector, secret] = API_KEY.exec(text) ?? [];
  return selector === undefined || secret === undefined ? undefined : { selector, secret };
}
