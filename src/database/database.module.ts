import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { ChangeFeed } from './change-feed.js';
import { dataSourceOptions, type DatabaseUrls } from './data-source-options.js';
import { DatabaseAccess } from './database-access.js';
import { PartitionJob } from './partition-job.js';

@Global()
@Module({})
export class DatabaseModule {
  static forRoot(config: Config['database'], urls: DatabaseUrls): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        {
          provide: DatabaseAccess,
          useFactory: () => new DatabaseAccess(new DataSource(dataSourceOptions(config, urls)), urls),
        },
        ChangeFeed,
        PartitionJob,
      ],
      exports: [DatabaseAccess, ChangeFeed, PartitionJob],
    };
  }
}
