import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import type { Severity } from './alert-level.js';

/** What a callback is told. */
export interface AlertNotice {
  readonly state: 'raised' | 'cleared';
  readonly severity: Severity;
  readonly metric: string;
  /** `<metric> <severity>: <value> <unit>`. */
  readonly message: string;
}

export type AlertCallback = (notice: AlertNotice) => void;

/** Who hears of alerts. One that throws does not keep the others from hearing. */
@Injectable()
export class AlertCallbacks {
  readonly #log = new Logger(AlertCallbacks.name);
  readonly #callbacks: AlertCallback[] = [];

  onAlert(callback: AlertCallback): void {
    this.#callbacks.push(callback);
  }

  tell(notice: AlertNotice): void {
    for (const callback of this.#callbacks) {
      try {
        callback(notice);
      } catch (error) {
        this.#log.warn(`An alert's callback failed: ${messageOf(error)}`);
      }
    }
  }
}
