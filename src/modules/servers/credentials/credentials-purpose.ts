/** What the keys of stored credentials are derived for. Never changes: what is stored could not be read. */
export const CREDENTIALS_PURPOSE = 'upstream credentials';
