import { Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAccess, callerOf } from '../../http/access.js';
import { McpEndpoint } from './endpoint/mcp-endpoint.js';

const PATHS = ['mcp', 'mcp/servers/:name', 'mcp/servers/:namespace/:name'];

/**
 * MCP over Streamable HTTP. Bodies stay bytes, answers bypass Nest: this is the hot path, so the caller is read
 * here and is no parameter with pipes to go through.
 */
@ApiExcludeController()
@Controller(PATHS)
@AllowAccess('user')
export class McpController {
  constructor(private readonly endpoint: McpEndpoint) {}

  @Post()
  @RouteConfig({ rawBody: true })
  post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.endpoint.post(request, reply, callerOf(request));
  }

  @Get()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.endpoint.get(request, reply, callerOf(request));
  }

  @Delete()
  delete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.endpoint.delete(request, reply, callerOf(request));
  }
}
