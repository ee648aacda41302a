import { Injectable } from '@nestjs/common';
import { gauge } from '../../gauge.js';
import { SessionPool } from './session-pool.js';
import { SuspendedCalls } from './suspended-calls.js';

/** What modern clients of legacy servers hold on this replica, at `/metrics`. */
@Injectable()
export class BridgeMetrics {
  constructor(pool: SessionPool, suspended: SuspendedCalls) {
    gauge('mcp_pooled_sessions', 'Sessions with legacy servers for modern clients on this replica', () => pool.size);
    gauge('mcp_suspended_calls', 'Calls on this replica whose clients were asked something', () => suspended.size);
  }
}
