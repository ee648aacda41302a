import 'reflect-metadata';
import { createApp } from './app.setup.js';
import { readConfig } from './config/config.js';
import { Secrets } from './config/secrets.js';
import { EgressPolicy } from './egress/address-policy.js';
import { Egress } from './egress/egress.js';
import { openApiDocument } from './http/openapi.js';
import { SERVICE_VERSION } from './modules/monitoring/index.js';

/** The OpenAPI document as text. Nothing listens, and no database is asked. */
export async function openApiJson(): Promise<string> {
  const config = readConfig({ LOG_LEVEL: 'error' });
  const nowhere = 'postgres://nobody@127.0.0.1:1/none';
  const app = await createApp({
    config,
    urls: { url: nowhere, ownerUrl: nowhere, readUrls: [] },
    egress: new Egress({
      policy: new EgressPolicy({ allow: [], deny: [], allowPrivate: false, own: [] }),
      connectTimeoutMs: 1,
    }),
    secrets: new Secrets(['only the document is made with this key']),
  });
  const document = openApiDocument(app, SERVICE_VERSION);
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
