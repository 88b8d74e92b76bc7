import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createFakeClock, Secret } from '@rekey/secret'
import { findFreePort } from '@rekey/testbed'
import { onTestFinished } from 'vitest'
import { openConsole, type OrderTaker, type RecordSignIn } from '../../../src/console/index.ts'
import type { SecretReading } from '../../../src/console/family-reading.ts'
import { family, settled } from '../readings.support.ts'
import { openOperatorLogin, parseLoginSettings } from '../../../src/console/login/index.ts'
import { createOrigin, type Origin } from './origin.support.ts'
import { openLyingProvider } from './provider.support.ts'

/** Builds the page, which a console serves. */
export async function buildPage(): Promise<void> {
  const script = fileURLToPath(new URL('../../../build-page.mjs', import.meta.url))
  await promisify(execFile)(process.execPath, [script])
}

/** Which claim makes whom what. */
export const ROLES = { claim: 'groups', viewer: ['watchers'], operator: ['on-call'] }

interface GuardedOptions {
  /** Default: of the provider. */
  readonly clientSecret?: string
  /** Default: its address on loopback. */
  readonly publicUrl?: string
  /** Default: it takes no orders. */
  readonly orders?: OrderTaker
  /** Default: nothing is recorded. */
  readonly recordSignIn?: RecordSignIn
  /** Default: one that is settled. */
  readonly secret?: SecretReading
}

/** A console behind the login of a provider that may lie, at a clock that stands still. */
export async function openGuarded(options: GuardedOptions = {}) {
  const own = randomBytes(24).toString('hex')
  const { clientSecret = own, orders, recordSignIn, secret = settled() } = options
  const provider = await openLyingProvider('console', own)
  const clock = createFakeClock()
  const port = await findFreePort()
  const { publicUrl = `http://127.0.0.1:${port}` } = options
  const written = { issuer: provider.issuer, clientId: 'console', publicUrl, roles: ROLES }
  const login = await openOperatorLogin({
    settings: parseLoginSettings(JSON.stringify(written), 'login.json'),
    clientSecret: () => Promise.resolve(Secret.of(clientSecret, 'client secret')),
    clock,
  })
  const read = () => Promise.resolve(family([secret]))
  const place = { port, clock, everyMs: 3_600_000 }
  const taken = { ...(orders && { orders }), ...(recordSignIn && { recordSignIn }) }
  const served = await openConsole({ read, login, ...place, ...taken })
  onTestFinished(async () => {
    await served.close()
    await provider[Symbol.asyncDispose]()
    await login[Symbol.asyncDispose]()
  })
  const here = `http://127.0.0.1:${port}`
  return { provider, clock, served, here, at: (path: string) => new URL(path, here) }
}

/** Logs in as someone whose groups are these, with the browser of an origin or a new one. */
export async function signIn(
  guarded: Awaited<ReturnType<typeof openGuarded>>,
  groups: unknown,
  origin: Origin = createOrigin(guarded.here),
) {
  guarded.provider.behaviour.claims = { groups, preferred_username: 'alice' }
  const { query, attempt } = await untilCallback(origin)
  const finished = await origin.finish(query, attempt)
  return { origin, finished, get: (path: string) => origin.ask('GET', path) }
}

/** Begins a login and goes through the provider, up to its redirect to the callback. */
export async function untilCallback(origin: Origin, order: object = {}) {
  const begun = await origin.ask('POST', '/login', order)
  const { url, attempt } = (await begun.json()) as {
    readonly url: string
    readonly attempt: string
  }
  const { headers } = await fetch(url, { redirect: 'manual' })
  const callback = new URL(headers.get('location') ?? '')
  return { url: new URL(url), attempt, callback, query: callback.search }
}
