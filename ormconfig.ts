import { DataSource } from 'typeorm';
import { processConfig } from './src/config/process-config.js';
import { dataSourceOptions } from './src/database/data-source-options.js';
import { openDatabase } from './src/database/open-database.js';

// For TypeORM's command line: the application's own options, as the role that owns the tables.
const config = processConfig();
const { urls } = await openDatabase(config);

export default new DataSource(dataSourceOptions(config.database, { ...urls, url: urls.ownerUrl, readUrls: [] }));
