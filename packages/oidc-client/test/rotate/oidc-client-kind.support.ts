import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { NON_PRODUCTION_PREFIX, type Secret, SecretError, type SecretSource } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import { createBrowser, logIn } from '@rekey/testbed'
import * as client from 'openid-client'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type ClientAddress, proveClientSecret } from '../../src/internal.ts'
import { createRotatingClient, oidcClient, type RotatingClient } from '../../src/index.ts'

export const SECRET = 'OIDC_CLIENT_SECRET_PORTAL'

export const newSecret = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** Whether the provider accepts a secret; anything but a clear answer fails the test. */
export const acceptsAt =
  (address: ClientAddress) =>
  (secret: Secret): Promise<boolean> =>
    proveClientSecret(address, secret).then(
      () => true,
      (error: unknown) => {
        if (error instanceof SecretError && error.code === 'rejected') return false
        throw error
      },
    )

/** Throws in place of a process that dies there. */
export const dieAt = (wanted: string) => (event: RotationEvent) => {
  if (`${event.step} ${event.phase}` === wanted) throw new Error('killed')
}

/** Suspends the first who gets a wanted answer of a provider, which is any but to a change: the process between its look and its change. */
export function suspension(isWanted = (method: string) => method === 'GET') {
  let reach: () => void = () => undefined
  let resume: () => void = () => undefined
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const resumed = new Promise<void>((resolve) => (resume = resolve))
  let isFirst = true
  const onAnswer = async (method: string) => {
    if (!isFirst || !isWanted(method)) return
    isFirst = false
    reach()
    await resumed
  }
  return {
    onAnswer,
    reached,
    resume: () => {
      resume()
    },
  }
}

/** A server that does not know its client yet: the provider must first be told where it is. */
export async function openPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

type Port = Awaited<ReturnType<typeof openPort>>

/** Which client of which provider. */
export interface PortalOptions extends ClientAddress {
  readonly source: SecretSource
  /** Providers that choose the secret leave out the mark of development. */
  readonly environment?: 'test' | 'production'
  /** The file with the roots of the provider. */
  readonly trustFile?: string
}

/** A replica of a service named `portal`: people log in at `/login`, and are back at `/` when they are in. */
export async function openPortal({ server, url }: Port, options: PortalOptions): Promise<Replica> {
  const { source, issuer, clientId, environment = 'test', trustFile, fetch } = options
  const definition = defineService({
    name: 'portal',
    settings: z.object({
      OIDC_ISSUER: z.url(),
      OIDC_CLIENT_ID: z.string(),
      OIDC_TRUST_FILE: z.string().optional(),
    }),
    secrets: { oidc: oidcClient() },
  })
  const env = {
    ...{ REKEY_ENVIRONMENT: environment, OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId },
    ...(trustFile !== undefined && { OIDC_TRUST_FILE: trustFile }),
  }
  const service = await loadService(definition, { env, source })
  const health = await openHealthListener(service, { port: 0 })
  const address = { issuer, clientId, ...(fetch && { fetch }) }
  const oidc = createRotatingClient({ ...address, secret: service.secrets.oidc })
  const routes = createRoutes(oidc, url)
  server.on('request', (request, response) => {
    answer(routes, new URL(request.url ?? '', url), response).catch((error: unknown) => {
      response.writeHead(500).end(error instanceof Error ? error.name : 'unknown')
    })
  })
  onTestFinished(async () => {
    oidc.close()
    await health.close()
    await service.close()
  })
  return { service: 'portal', url, healthUrl: `http://127.0.0.1:${health.port}` }
}

type Routes = Readonly<Record<string, ((at: URL) => Promise<string>) | undefined>>

async function answer(routes: Routes, at: URL, response: ServerResponse): Promise<void> {
  if (at.pathname === '/') response.end('welcome')
  else response.writeHead(302, { location: await (routes[at.pathname]?.(at) ?? '/') }).end()
}

function createRoutes(oidc: RotatingClient, url: string): Routes {
  const attempts = new Map<string, string>()
  return {
    '/login': async () => {
      const [state, verifier] = [client.randomState(), client.randomPKCECodeVerifier()]
      attempts.set(state, verifier)
      return client.buildAuthorizationUrl(await oidc.configuration(), {
        redirect_uri: `${url}/callback`,
        scope: 'openid email',
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).href
    },
    '/callback': async (at) => {
      const expectedState = at.searchParams.get('state') ?? ''
      const pkceCodeVerifier = attempts.get(expectedState) ?? ''
      attempts.delete(expectedState)
      await oidc.authenticated((configuration) =>
        client.authorizationCodeGrant(configuration, at, { expectedState, pkceCodeVerifier }),
      )
      return '/'
    },
  }
}

/** Three people who log in again and again, until stopped. */
export function startLogins(
  portal: Replica,
  form?: Readonly<Record<string, string>>,
  fetch: typeof globalThis.fetch = globalThis.fetch,
) {
  const failures: string[] = []
  let [count, stopping] = [0, false]
  const startUrl = `${portal.url}/login`
  const person = async () => {
    while (!stopping) {
      const browser = createBrowser({ fetch })
      await logIn({ startUrl, account: 'alice', browser, ...(form && { form }) }).then(
        () => (count += 1),
        (error: unknown) => failures.push(String(error)),
      )
    }
  }
  const people = [person(), person(), person()]
  return {
    count: () => count,
    async stop() {
      stopping = true
      await Promise.all(people)
      return { count, failures }
    },
  }
}
