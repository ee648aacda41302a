import type { Provider } from '@nestjs/common';
import { Catalogue, CATALOGUE_BYTES } from './catalogue.js';
import { CatalogueRepository } from './catalogue.repository.js';
import { CatalogueLists } from './lists.js';
import { RouteTable } from './route-table.js';
import { RoutesRepository } from './routes.repository.js';

/** @param catalogueBytes of memory for servers' definitions. */
export function catalogueProviders(catalogueBytes: number): Provider[] {
  return [
    { provide: CATALOGUE_BYTES, useValue: catalogueBytes },
    RoutesRepository,
    RouteTable,
    CatalogueRepository,
    Catalogue,
    CatalogueLists,
  ];
}
