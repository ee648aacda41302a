import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Secrets } from './config/secrets.js';
import { Egress } from './egress/egress.js';
import { CursorCodec } from './http/cursor.js';
import { Clock, SystemClock } from './kernel/clock.js';

/** What every module may ask for and no module owns: the time, the way out, derived keys, cursors. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(private readonly egress: Egress) {}

  static forRoot(egress: Egress, secrets: Secrets, clock: Clock = new SystemClock()): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: Clock, useValue: clock },
        { provide: Egress, useValue: egress },
        { provide: Secrets, useValue: secrets },
        { provide: CursorCodec, useValue: new CursorCodec(secrets.derive('cursors')) },
      ],
      exports: [Clock, Egress, Secrets, CursorCodec],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}
