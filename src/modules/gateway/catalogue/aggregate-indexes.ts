import { Injectable } from '@nestjs/common';
import { type Scope, scopeKey } from '../../../kernel/scope.js';
import { type AggregateIndex, buildAggregate } from './aggregate-index.js';
import { CatalogueMemory } from './catalogue-memory.js';
import { Catalogue } from './catalogue.js';
import { EncodedPages } from './encoded-pages.js';
import { RouteTable } from './route-table.js';

/** What a scope sees, at one revision. */
export interface Aggregate {
  readonly index: AggregateIndex;
  readonly pages: EncodedPages;
}

interface Revised<T> {
  readonly revision: number;
  readonly value: T;
}

/** The aggregate of each scope: built on first use after a change, by whoever asks first, from names alone. */
@Injectable()
export class AggregateIndexes {
  readonly #held = new Map<string, Revised<Aggregate>>();
  readonly #building = new Map<string, Revised<Promise<Aggregate>>>();

  constructor(
    private readonly routes: RouteTable,
    private readonly catalogue: Catalogue,
    private readonly memory: CatalogueMemory,
  ) {}

  /** At once when warm. */
  of(scope: Scope): Aggregate | Promise<Aggregate> {
    const key = scopeKey(scope);
    const revision = this.routes.revision(scope);
    const held = this.#held.get(key);
    if (held?.revision === revision) {
      this.memory.touch(held.value.index);
      return held.value;
    }
    const building = this.#building.get(key);
    return building && building.revision >= revision ? building.value : this.#build(scope, key, revision);
  }

  #build(scope: Scope, key: string, revision: number): Promise<Aggregate> {
    const isLatest = (): boolean => this.#building.get(key)?.value === building;
    const building = this.#load(scope)
      .then((aggregate) => {
        if (isLatest()) this.#keep(key, { revision, value: aggregate });
        return aggregate;
      })
      .finally(() => {
        if (isLatest()) this.#building.delete(key);
      });
    this.#building.set(key, { revision, value: building });
    return building;
  }

  async #load(scope: Scope): Promise<Aggregate> {
    const servers = this.routes.visible(scope);
    const names = await this.catalogue.namesOf(servers.map(({ id }) => id));
    return { index: buildAggregate(servers, names), pages: new EncodedPages(this.memory) };
  }

  #keep(key: string, aggregate: Revised<Aggregate>): void {
    const former = this.#held.get(key);
    if (former) {
      this.memory.release(former.value.index);
      former.value.pages.drop();
    }
    const { index, pages } = aggregate.value;
    this.#held.set(key, aggregate);
    this.memory.hold(index, index.bytes, () => {
      this.#held.delete(key);
      pages.drop();
    });
  }
}
