import type { Provider } from '@nestjs/common';
import { AggregateIndexes } from './aggregate-indexes.js';
import { CatalogueMemory } from './catalogue-memory.js';
import { Catalogue } from './catalogue.js';
import { CatalogueRepository } from './catalogue.repository.js';
import { CatalogueLists } from './lists.js';
import { RouteTable } from './route-table.js';
import { RoutesRepository } from './routes.repository.js';

/** @param catalogueBytes of memory for servers' definitions and names, and for encoded lists. */
export function catalogueProviders(catalogueBytes: number): Provider[] {
  return [
    { provide: CatalogueMemory, useFactory: () => new CatalogueMemory(catalogueBytes) },
    RoutesRepository,
    RouteTable,
    CatalogueRepository,
    Catalogue,
    AggregateIndexes,
    CatalogueLists,
  ];
}
