import { Injectable } from '@nestjs/common';
import { messageOf } from '../../kernel/app-error.js';

export type ComponentStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface ComponentHealth {
  readonly status: ComponentStatus;
  /** For a human, where there is something to say. */
  readonly detail?: string;
}

/** The components of `GET /health`. */
export const COMPONENTS = ['database', 'cache', 'upstreams', 'audit'] as const;
export type Component = (typeof COMPONENTS)[number];

type Indicator = () => Promise<ComponentHealth> | ComponentHealth;

const DEADLINE_MS = 2000;

/** Each module registers how its component is doing; nobody above is asked by name. */
@Injectable()
export class HealthIndicators {
  readonly #indicators = new Map<Component, Indicator>();

  registerIndicator(component: Component, indicator: Indicator): void {
    this.#indicators.set(component, indicator);
  }

  /** Every component, each within 2 s: one that does not answer is `unhealthy`. */
  async read(): Promise<Record<Component, ComponentHealth>> {
    const entries = await Promise.all(
      COMPONENTS.map(async (component) => [component, await this.#readOne(component)] as const),
    );
    return Object.fromEntries(entries) as Record<Component, ComponentHealth>;
  }

  async #readOne(component: Component): Promise<ComponentHealth> {
    const indicator = this.#indicators.get(component);
    if (!indicator) return { status: 'healthy', detail: 'not in use' };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<ComponentHealth>((resolve) => {
      timer = setTimeout(() => {
        resolve({ status: 'unhealthy', detail: `no answer within ${String(DEADLINE_MS)} ms` });
      }, DEADLINE_MS);
    });
    try {
      return await Promise.race([indicator(), late]);
    } catch (error) {
      return { status: 'unhealthy', detail: messageOf(error).slice(0, 200) };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The service as a whole: unusable without its database or audit, impaired by anything else. */
export function overallStatus(components: Readonly<Record<Component, ComponentHealth>>): ComponentStatus {
  if (components.database.status === 'unhealthy' || components.audit.status === 'unhealthy') return 'unhealthy';
  return COMPONENTS.some((component) => components[component].status !== 'healthy') ? 'degraded' : 'healthy';
}
