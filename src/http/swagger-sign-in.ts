import type { OpenAPIObject, SwaggerCustomOptions } from '@nestjs/swagger';

/** The name of the security scheme. */
const SCHEME = 'entra';

export interface SwaggerSignInOptions {
  /** The single-page application that people sign in with. */
  readonly clientId: string;
  /** `{authority}/{tenant}`, without a trailing slash. */
  readonly directory: string;
  /** What is asked for, as Entra spells it. */
  readonly scope: string;
  /** Where the service is reached, without a trailing slash. */
  readonly publicUrl: string;
}

/** Adds the authorization code grant with PKCE to what each operation that asks for a caller takes. */
export function withSignIn(document: OpenAPIObject, { directory, scope }: SwaggerSignInOptions): OpenAPIObject {
  const { components, paths } = document;
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as unknown[]);
  for (const operation of operations) {
    const { security } = operation as { security?: Record<string, string[]>[] };
    if (security !== undefined && security.length > 0) security.push({ [SCHEME]: [scope] });
  }
  return {
    ...document,
    components: {
      ...components,
      securitySchemes: {
        ...components?.securitySchemes,
        [SCHEME]: {
          type: 'oauth2',
          description: 'Sign in with Entra ID',
          flows: {
            authorizationCode: {
              authorizationUrl: `${directory}/oauth2/v2.0/authorize`,
              tokenUrl: `${directory}/oauth2/v2.0/token`,
              scopes: { [scope]: 'What you may do here' },
            },
          },
        },
      },
    },
  };
}

/** How Swagger UI keeps what somebody signed in with over a reload, and how it signs in. */
export function swaggerUiOptions(signIn: SwaggerSignInOptions | undefined): SwaggerCustomOptions {
  if (!signIn) return { swaggerOptions: { persistAuthorization: true } };
  return {
    swaggerOptions: {
      persistAuthorization: true,
      // By itself it would take the last part of /docs for a file and look beside it.
      oauth2RedirectUrl: `${signIn.publicUrl}/docs/oauth2-redirect.html`,
      initOAuth: { clientId: signIn.clientId, scopes: [signIn.scope], usePkceWithAuthorizationCodeGrant: true },
    },
  };
}
