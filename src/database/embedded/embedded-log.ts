/** Where the embedded database says what it does. No password ever goes there. */
export interface EmbeddedLog {
  info(message: string): void;
  warn(message: string): void;
}
