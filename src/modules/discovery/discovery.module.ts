import { Module } from '@nestjs/common';
import { DiscoveryController } from './discovery.controller.js';
import { DiscoveryService } from './discovery.service.js';
import { FoundServersRepository } from './repositories/found-servers.repository.js';
import { PromptsRepository } from './repositories/prompts.repository.js';
import { ResourcesRepository } from './repositories/resources.repository.js';
import { ToolsRepository } from './repositories/tools.repository.js';
import { SearchRepository } from './search/search.repository.js';
import { SearchTermsJob } from './search/search-terms.job.js';
import { SearchTermsRepository } from './search/search-terms.repository.js';
import { TextSearch } from './search/text-search.js';

@Module({
  controllers: [DiscoveryController],
  providers: [
    DiscoveryService,
    ToolsRepository,
    ResourcesRepository,
    PromptsRepository,
    FoundServersRepository,
    SearchRepository,
    SearchTermsRepository,
    SearchTermsJob,
    TextSearch,
  ],
  exports: [DiscoveryService, SearchTermsJob],
})
export class DiscoveryModule {}
