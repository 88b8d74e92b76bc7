import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createFakeClock, Secret } from '@rekey/secret'
import { createBrowser, findFreePort } from '@rekey/testbed'
import { onTestFinished } from 'vitest'
import { openConsole, type OrderTaker, type RecordSignIn } from '../index.ts'
import { family, settled } from '../readings.test.support.ts'
import { openOperatorLogin, parseLoginSettings } from './index.ts'
import { openLyingProvider } from './provider.test.support.ts'

/** Builds the page, which a console serves. */
export async function buildPage(): Promise<void> {
  const script = fileURLToPath(new URL('../../build-page.mjs', import.meta.url))
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
}

/** A console behind the login of a provider that may lie, at a clock that stands still. */
export async function openGuarded(options: GuardedOptions = {}) {
  const secret = randomBytes(24).toString('hex')
  const { clientSecret = secret, orders, recordSignIn } = options
  const provider = await openLyingProvider('console', secret)
  const clock = createFakeClock()
  const port = await findFreePort()
  const { publicUrl = `http://127.0.0.1:${port}` } = options
  const written = { issuer: provider.issuer, clientId: 'console', publicUrl, roles: ROLES }
  const login = await openOperatorLogin({
    settings: parseLoginSettings(JSON.stringify(written), 'login.json'),
    clientSecret: () => Promise.resolve(Secret.of(clientSecret, 'client secret')),
  })
  const read = () => Promise.resolve(family([settled()]))
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

/** A browser that sends with each POST that a page of this origin does. */
export function browserOf(origin: string) {
  const own: typeof fetch = (input, init) =>
    fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), origin } })
  return createBrowser({ fetch: own, timeoutMs: 60_000 })
}

/** Logs in as someone whose groups are these. */
export async function signIn(
  guarded: Awaited<ReturnType<typeof openGuarded>>,
  groups: unknown,
  browser = browserOf(guarded.here),
) {
  guarded.provider.behaviour.claims = { groups, preferred_username: 'alice' }
  const page = await browser.get(guarded.at('/login'))
  const cookie = () => browser.cookieHeader(guarded.here)
  const get = (path: string) => fetch(guarded.at(path), { headers: { cookie: cookie() } })
  return { browser, page, cookie, get }
}
