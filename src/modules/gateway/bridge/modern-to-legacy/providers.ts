import type { Provider } from '@nestjs/common';
import { Deadlines } from '../deadlines.js';
import { BridgeMetrics } from './bridge-metrics.js';
import { ModernToLegacy } from './modern-to-legacy.js';
import { RequestStates } from './request-states.js';
import { SessionEar } from './session-ear.js';
import { SessionPool } from './session-pool.js';
import { SuspendedCalls } from './suspended-calls.js';

export const modernToLegacyProviders: Provider[] = [
  BridgeMetrics,
  Deadlines,
  SessionEar,
  SessionPool,
  RequestStates,
  SuspendedCalls,
  ModernToLegacy,
];
