import type { RoutedServer } from '../catalogue/routed-server.js';
import type { UpstreamState } from './upstream-state.js';
import type { UpstreamStates } from './upstream-states.js';

/** A server's state; the first time it is made as the server's owner set it. */
export function stateOf(states: UpstreamStates, server: RoutedServer): UpstreamState {
  return states.peek(server.id) ?? states.configure(server.id, server.settings);
}
