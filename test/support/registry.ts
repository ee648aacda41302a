import { expect } from 'vitest';
import type { TestApp, TestResponse } from './app.js';

export const SERVERS = '/api/v1/servers';

let names = 0;

/** A name that no other test of this process has. */
export function uniqueName(prefix = 'server'): string {
  names += 1;
  return `${prefix}-${String(names)}`;
}

/** Registers and expects that it worked; what is not given is made up. */
export async function register(
  app: Pick<TestApp, 'request'>,
  given: Record<string, unknown> & { readonly endpointUrl: string },
): Promise<TestResponse['body']> {
  const response = await app.request('POST', SERVERS, { name: uniqueName(), ...given });
  expect(response, JSON.stringify(response.body)).toMatchObject({ status: 201 });
  return response.body;
}

export async function getServer(app: TestApp, id: string): Promise<TestResponse['body']> {
  return (await app.request('GET', `${SERVERS}/${id}`)).body;
}

/** Every page of a list, in order. */
export async function allPages(app: TestApp, path: string): Promise<TestResponse['body'][]> {
  const items: TestResponse['body'][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const separator = path.includes('?') ? '&' : '?';
    const next: string = cursor === '' ? '' : `${separator}cursor=${encodeURIComponent(cursor)}`;
    const page: TestResponse = await app.request('GET', path + next);
    expect(page, JSON.stringify(page.body)).toMatchObject({ status: 200 });
    items.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return items;
}

/** What every refusal looks like, whoever refused. */
export function expectProblem(response: TestResponse, status: number | readonly number[], code?: string): void {
  expect([status].flat(), JSON.stringify(response.body).slice(0, 500)).toContain(response.status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.body).toMatchObject({
    type: expect.stringMatching(/^urn:mcp-registry-gateway:problem:[a-z_.]+$/),
    title: expect.stringMatching(/./),
    status: response.status,
    detail: expect.stringMatching(/./),
    code: expect.stringMatching(/^[a-z_]+(?:\.[a-z_]+)?$/),
    correlationId: response.headers.get('x-request-id'),
  });
  if (code !== undefined) expect(response.body.code).toBe(code);
}
