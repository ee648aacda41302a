import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MigrationInterface } from 'typeorm';

type EntityClass = new () => object;
type MigrationClass = new () => MigrationInterface;

const root = path.join(import.meta.dirname, '..');

/**
 * Every entity and migration of the project, found by file name, so that `database/` imports no
 * module. Loaded by ourselves: TypeORM's own globs bypass whatever else loads TypeScript here.
 */
export const entities = await loadClasses<EntityClass>('', /\.entity\.[jt]s$/);
export const migrations = await loadClasses<MigrationClass>('migrations', /^\d+-[\w-]+\.[jt]s$/);

async function loadClasses<T>(folder: string, name: RegExp): Promise<T[]> {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(path.basename(file)))
    .sort();
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(path.join(root, folder, file)).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module)).filter((value) => typeof value === 'function') as T[];
}
