import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import cookie from '@fastify/cookie'
import { createSigningRequest } from '@rekey/ca-keystore/internal'
import { createLiveSecret } from '@rekey/secret/internal'
import { followSigningSecret } from '@rekey/signing-keys'
import { Secret } from '@rekey/secret'
import {
  type Browser,
  createBrowser,
  findFreePort,
  openIdentityProvider,
  openPostgres,
} from '@rekey/testbed'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, onTestFinished } from 'vitest'
import { signedBy } from '../src/cookies.ts'
import type { LastUses } from '../src/last-uses.ts'
import { OidcLogin } from '../src/oidc-login.ts'
import { revokeProfile } from '../src/own-profiles.ts'
import type { RouteParts } from '../src/route-parts.ts'
import { serializers } from '../src/request-log.ts'
import { addRoutes } from '../src/routes.ts'
import { SIGNED_OUT } from '../src/sign-out-routes.ts'

const CLIENT_ID = 'frontend'
const SERVER = { protocol: 'udp', host: 'vpn.example.com', port: 1194 } as const
const postgres = await openPostgres()
const admin = new pg.Pool({ connectionString: postgres.adminUrl.expose(), max: 2 })
await admin.query('create role frontend')
await admin.query(await readFile(new URL('../schema.sql', import.meta.url), 'utf8'))
/** The database, with the rights of frontend. */
export const pool: pg.Pool = new pg.Pool({
  connectionString: postgres.adminUrl.expose(),
  options: '-c role=frontend',
})
// Idle connections end with the server.
for (const each of [admin, pool]) each.on('error', () => undefined)
afterAll(async () => {
  await pool.end()
  await admin.end()
  await postgres.close()
})

/** The database, past the rights of frontend. */
export const database: Pick<pg.Pool, 'query'> = admin

/** What is different in one test. */
export interface PortalOptions {
  readonly certificatesPerDay?: number
  /** What browsers see; default the address it listens on. */
  readonly publicUrl?: string
  /** The provider knows another secret. */
  readonly refusesClient?: boolean
  /** Whether the provider offers a sign-out; default true. */
  readonly hasSignOut?: boolean
  /** Where the VPN servers record uses. Default: nowhere. */
  readonly uses?: Pick<LastUses, 'coverage'>
  /** Issues profiles. Default: a text that is no certificate. */
  readonly issueProfile?: RouteParts['issueProfile']
  /** Answers what is sent to signing. */
  readonly signing?: typeof fetch
}

/** Frontend on a real database and with a real provider; issuing alone is not real. */
export async function openPortal(options: PortalOptions = {}) {
  const { certificatesPerDay = 20 } = options
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const publicUrl = options.publicUrl ?? url
  const [clientSecret, other] = [newSecret(), newSecret()]
  const redirectUri = new URL('/callback', publicUrl).href
  const signedOutUri = new URL(SIGNED_OUT, publicUrl).href
  const uris = { redirectUris: [redirectUri], signedOutUris: [signedOutUri] }
  const { hasSignOut = true } = options
  const clients = [{ clientId: CLIENT_ID, clientSecret, ...uris }]
  const provider = await openIdentityProvider({ clients, hasSignOut })
  const { issuer } = provider
  const oidc = new OidcLogin({
    issuer,
    clientId: CLIENT_ID,
    redirectUri,
    signedOutUri,
    secret: live(options.refusesClient ? other : clientSecret),
  })
  const lines: string[] = []
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const loggerInstance: FastifyBaseLogger = pino({ serializers }, log)
  const app = Fastify({ loggerInstance })
  const session = newSession('1')
  const { list, keys } = followSigningSecret(session)
  await app.register(cookie, signedBy(list))
  addRoutes(app, {
    ...{ publicUrl, pool, oidc, keys, certificatesPerDay, uses: options.uses },
    files: new Map([['/portal.css', { type: 'text/css', body: Buffer.from('a {}') }]]),
    async issueProfile({ email }, { device }, admit) {
      await admit()
      const serial = randomBytes(20).toString('hex')
      const [createdAt, notAfter] = [new Date(0).toISOString(), new Date(1).toISOString()]
      const certificate = `a certificate of ${email}`
      const about = { device, certificate, chain: '', createdAt, notAfter }
      const profile = { serial, fingerprint: serial, ...about, server: SERVER }
      return { profile, isNew: true }
    },
    ...(options.issueProfile && { issueProfile: options.issueProfile }),
    revokeProfile: (person, serial) => {
      const { signing: fetchWithKey = fetch } = options
      return revokeProfile(person, serial, { pool, fetchWithKey, signingUrl: 'https://signing' })
    },
  })
  await app.listen({ port, host: '127.0.0.1' })
  onTestFinished(async () => {
    await app.close()
    oidc.close()
    await provider[Symbol.asyncDispose]()
    await admin.query('truncate session, quota, profile, profile_key, vpn_uses')
  })
  const endProvider = () => provider[Symbol.asyncDispose]()
  return { url, issuer, app, session, keys, endProvider, log: () => lines.join('') }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The secret of sessions, with this version alone. */
export const newSession = (version: string) =>
  live(`${version}.${newSecret()}`, 'SIGNING_SECRET_FRONTEND_SESSION', version)

function live(text: string, name = 'OIDC_CLIENT_SECRET_FRONTEND', version = '1') {
  const value = Secret.of(text, name)
  const current = { name, version, stage: 'current', value, sensitive: [value] } as const
  return createLiveSecret({ name, revision: version, current })
}

/** Sends the cookies of `browser` to a path of the portal. */
export function send(url: string | URL, browser: Browser, method: 'GET' | 'POST' = 'POST') {
  return fetch(url, {
    method,
    redirect: 'manual',
    headers: { cookie: browser.cookieHeader(url), origin: new URL(url).origin },
  })
}

/** Orders a profile as the script of the portal does; by default a good one. */
export function order(url: string | URL, browser: Browser, body: object = newOrder()) {
  const at = new URL('/profiles', url)
  return fetch(at, {
    method: 'POST',
    headers: {
      ...{ cookie: browser.cookieHeader(at), origin: at.origin },
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  })
}

/** The order of a profile for a key that was made for it. */
export function newOrder(device = 'laptop') {
  const { csr } = createSigningRequest({ commonName: 'not used' })
  return { csr, device }
}

/** A browser that does not open the address which the provider sends it back to, and that address. */
export async function logInUntilCallback(url: string, account = 'alice') {
  const callback = new URL('/callback', url).href
  const browser = createBrowser({
    fetch: (input, init) =>
      input instanceof URL && input.href.startsWith(callback)
        ? Promise.resolve(new Response('not opened'))
        : fetch(input, init),
  })
  const form = await browser.get(new URL('/login', url))
  const page = await browser.submitForm(form, { login: account })
  return { browser, callback: page.url }
}
