import { messageOf } from '../kernel/app-error.js';
import { processConfig } from '../config/process-config.js';
import { migrate } from './migrator.js';
import { openDatabase } from './open-database.js';

// `npm run migration:run`, and the migration Job on Kubernetes: migrates and ends.
try {
  const config = processConfig();
  const database = await openDatabase(config);
  try {
    const ran = await migrate(database.urls.ownerUrl, database.urls.url);
    process.stdout.write(ran.length === 0 ? 'The schema is up to date.\n' : `Ran ${ran.join(', ')}.\n`);
  } finally {
    await database.close();
  }
} catch (error) {
  process.stderr.write(`Migration failed: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
