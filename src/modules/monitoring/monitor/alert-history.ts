import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import { AlertsRepository } from './alerts.repository.js';
import type { PerformanceAlert } from './performance-alert.entity.js';

/** Changes that wait for a database that is away, which is when alerts are raised. Oldest go first. */
const WAITING_AT_MOST = 1000;
const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;

/** Writes what happened to alerts, in its order, when the database can be written. */
@Injectable()
export class AlertHistory {
  readonly #log = new Logger(AlertHistory.name);
  #waiting: (() => Promise<void>)[] = [];

  constructor(private readonly repository: AlertsRepository) {}

  raised(alert: PerformanceAlert): void {
    this.#add(() => this.repository.insert(alert));
  }

  cleared(id: string, at: Date): void {
    this.#add(() => this.repository.clear(id, at));
  }

  /** Once a round. What fails is tried again in the next one. */
  async write(openIds: readonly string[], now: Date, unseenAfterMs: number): Promise<void> {
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        await next();
        this.#waiting = this.#waiting.slice(1);
      }
      if (openIds.length > 0) await this.repository.keepOpen(openIds, now);
      await this.repository.clearUnseenSince(new Date(now.getTime() - unseenAfterMs));
      await this.repository.deleteClearedBefore(new Date(now.getTime() - KEPT_DAYS * DAY_MS));
    } catch (error) {
      this.#log.warn(`Alerts could not be written: ${messageOf(error)}; the next round tries again`);
    }
  }

  #add(change: () => Promise<void>): void {
    this.#waiting = [...this.#waiting, change].slice(-WAITING_AT_MOST);
  }
}
