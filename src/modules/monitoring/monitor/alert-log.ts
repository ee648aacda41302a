import { Injectable, Logger } from '@nestjs/common';
import { Counter, register } from 'prom-client';
import { AlertCallbacks } from './alert-callbacks.js';
import { SEVERITIES } from './alert-level.js';

const RAISED = 'mcp_alerts_raised_total';

/** Alerts in the log and at `/metrics`. */
@Injectable()
export class AlertLog {
  readonly #log = new Logger('Alert');

  constructor(callbacks: AlertCallbacks) {
    // prom-client's registry belongs to the process, and tests make several applications in one.
    register.removeSingleMetric(RAISED);
    const raised = new Counter({
      name: RAISED,
      help: 'Alerts that the performance monitor raised',
      labelNames: ['severity'] as const,
    });
    for (const severity of SEVERITIES) raised.inc({ severity }, 0);
    callbacks.onAlert(({ state, severity, message }) => {
      if (state === 'raised') raised.inc({ severity });
      if (state === 'cleared') this.#log.log(`Cleared: ${message}`);
      else if (severity === 'critical') this.#log.error(message);
      else this.#log.warn(message);
    });
  }
}
