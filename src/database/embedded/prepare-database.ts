import { escapeIdentifier, escapeLiteral } from 'pg';
import { ClusterRecord, Login } from './cluster-record.js';
import { connectAs } from './superuser-client.js';

/**
 * Makes the two roles and the database on a new cluster; may be cut off anywhere and run again. The owner owns the
 * database, and with it may create the trusted extensions; the application may connect, and what else it may the
 * migrations grant. `pg_stat_statements` takes a superuser, so it is made here.
 */
export async function prepareDatabase(record: ClusterRecord, port: number): Promise<void> {
  const { superuser, owner, application } = record;
  const [database, ownerName, applicationName] = [record.database, owner.user, application.user].map(escapeIdentifier);
  const server = await connectAs(superuser, port, 'postgres');
  try {
    for (const login of [owner, application]) {
      const { rowCount } = await server.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login.user]);
      if (rowCount === 0) await server.query(createRole(login));
    }
    const { rowCount } = await server.query('SELECT 1 FROM pg_database WHERE datname = $1', [record.database]);
    if (rowCount === 0) await server.query(`CREATE DATABASE ${database} OWNER ${ownerName}`);
    await server.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    await server.query(`GRANT CONNECT ON DATABASE ${database} TO ${applicationName}`);
    await server.query(`GRANT pg_read_all_stats TO ${ownerName}, ${applicationName}`);
  } finally {
    await server.end();
  }
  const inside = await connectAs(superuser, port, record.database);
  try {
    await inside.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  } finally {
    await inside.end();
  }
}

function createRole({ user, password }: Login): string {
  return `CREATE ROLE ${escapeIdentifier(user)} LOGIN PASSWORD ${escapeLiteral(password)}`;
}
