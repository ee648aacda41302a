import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Readiness } from '../../monitoring/index.js';
import { ReplicaInbox } from './replica-inbox.js';

/** A replica is among the others from before it is ready until it takes nothing new. */
@Injectable()
export class ReplicaMembership implements OnApplicationShutdown {
  constructor(
    readiness: Readiness,
    @Optional() @Inject(ReplicaInbox) private readonly inbox: ReplicaInbox | undefined,
  ) {
    if (!inbox) return;
    readiness.beforeReady({
      name: 'replica inbox',
      // Not waited for: Redis may be away.
      run: () => {
        inbox.join();
        return Promise.resolve();
      },
    });
    readiness.onDrain(() => void inbox.leave());
    readiness.onOpenWork(() => inbox.openExchanges);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.inbox?.close();
  }
}
