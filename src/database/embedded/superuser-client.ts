import { Client } from 'pg';
import { Login } from './cluster-record.js';

/** A connection whose statements reach neither the server's log nor `pg_stat_statements`: some have passwords. */
export async function connectAs(login: Login, port: number, database: string): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    database,
    ...login,
    ssl: false,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    application_name: 'mcp-registry-gateway setup',
    options: '-c pg_stat_statements.track=none -c log_min_error_statement=panic',
  });
  // A connection that breaks says so in the query that uses it; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
