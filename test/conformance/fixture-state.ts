import type { ServerNotifier } from '@modelcontextprotocol/server';

/** Who can be told that a list changed: 2026-07-28 subscriptions, and the open sessions of earlier revisions. */
export type ChangeNotifier = Pick<ServerNotifier, 'toolsChanged' | 'promptsChanged'>;

/** What all requests of one fixture share. The lists really change, so that a gateway that compares them sees it. */
export class FixtureState {
  toolRevision = 1;
  promptRevision = 1;
  readonly #listeners = new Set<ChangeNotifier>();

  /** Registers a listener for the life of the fixture. */
  listen(listener: ChangeNotifier): void {
    this.#listeners.add(listener);
  }

  changeTools(): void {
    this.toolRevision += 1;
    for (const listener of this.#listeners) listener.toolsChanged();
  }

  changePrompts(): void {
    this.promptRevision += 1;
    for (const listener of this.#listeners) listener.promptsChanged();
  }
}
