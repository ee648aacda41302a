import { describe, expect, it } from 'vitest';
import { SettableClock } from '../../../../../test/support/settable-clock.js';
import { Secrets } from '../../../../config/secrets.js';
import { RequestStates, type StateBinding } from './request-states.js';

const BINDING: StateBinding = { principal: 'ada', serverId: 's', method: 'tools/call', name: 'ask' };
const clock = new SettableClock();
const statesOf = (keys: string[], replica = 'one'): RequestStates =>
  new RequestStates(new Secrets(keys), clock, replica);
const mint = (states: RequestStates): string => states.mint('call', 3, clock.nowMs() + 1000, BINDING);

describe('RequestStates', () => {
  it('reads what another replica made, also under a key that is on its way out', () => {
    const state = mint(statesOf(['old'], 'two'));
    expect(statesOf(['new', 'old']).verify(state, BINDING)).toEqual({
      replica: 'two',
      call: 'call',
      round: 3,
      expiresAtMs: clock.nowMs() + 1000,
    });
  });

  it.each([
    ['principal', { principal: 'bob' }],
    ['server', { serverId: 't' }],
    ['method', { method: 'prompts/get' }],
    ['tool', { name: 'other' }],
    ['name at all', { name: undefined }],
  ])('refuses another %s', (_what, other) => {
    const states = statesOf(['key']);
    const verify = (): unknown => states.verify(mint(states), { ...BINDING, ...other });
    expect(verify).toThrow(expect.objectContaining({ kind: 'invalid', code: 'mcp.request_state_invalid' }));
  });

  it('refuses each state that differs in one bit, another key, and what is none', () => {
    const states = statesOf(['key']);
    const bytes = Buffer.from(mint(states), 'base64url');
    const spoilt = [...bytes.keys()].map((at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy.toString('base64url');
    });
    for (const state of [...spoilt, mint(statesOf(['other'])), '', 'x', 'a'.repeat(5000)]) {
      expect(() => states.verify(state, BINDING)).toThrow(
        expect.objectContaining({ code: 'mcp.request_state_invalid' }),
      );
    }
  });

  it('expires', () => {
    const states = statesOf(['key']);
    const state = mint(states);
    clock.advance(1000);
    expect(() => states.verify(state, BINDING)).toThrow(expect.objectContaining({ code: 'mcp.request_state_expired' }));
  });
});
