// ---- a-basic-header-in-a-trace
import { login } from '../../secret.ts'
const basic = ({ user, password }: { user: string; password: string }) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
export const request = (path: string) => {
  const authorization = basic(login.expose())
  console.debug('->', path, { authorization }) // expect: exposedSecret
  return fetch(path, { headers: { authorization } })
}

// ---- a-callback-of-node
import { secret } from '../../secret.ts'
import { pbkdf2 } from 'node:crypto'
pbkdf2(secret.expose(), 'salt', 1, 32, 'sha256', (error, derived) => {
  if (error !== null) console.error('cannot derive from', secret.expose(), error) // expect: exposedSecret
  else console.log(derived.length)
})

// ---- a-cli-that-shows-what-it-made
import { Secret } from '../../secret.ts'
import { randomBytes } from 'node:crypto'
function issue(name: string) {
  const value = Secret.of(randomBytes(32).toString('base64url'), name)
  return { name, value }
}
const issued = issue('signing')
console.log(`${issued.name}=${issued.value.expose()}`) // expect: exposedSecret

// ---- a-client-that-logs-its-options
import { secret } from '../../secret.ts'
import { logger } from './logger.ts'
interface Options {
  baseUrl: string
  headers: Record<string, string>
  retries?: number
}
export class SigningClient {
  private readonly options: Options
  constructor(baseUrl: string, overrides: Partial<Options> = {}) {
    this.options = { baseUrl, headers: { 'x-api-key': secret.expose() }, retries: 3, ...overrides }
    logger.debug({ options: this.options }, 'signing client ready') // expect: exposedSecret
  }
}

// ---- a-client-that-logs-where-it-goes
import { secret } from '../../secret.ts'
import { logger } from './logger.ts'
export class SigningClient {
  private readonly headers: Record<string, string>
  constructor(private readonly baseUrl: string) {
    this.headers = { 'x-api-key': secret.expose() }
    logger.debug({ baseUrl: this.baseUrl, headers: Object.keys(this.headers) }, 'ready')
  }
}

// ---- a-config-that-is-dumped-at-startup
import { login, secret } from '../../secret.ts'
import { inspect } from 'node:util'
function loadConfig() {
  const { user, password } = login.expose()
  return {
    port: 8080,
    database: { host: 'localhost', user, password },
    signing: { url: 'https://signing', key: secret.expose() },
  } as const
}
const config = loadConfig()
process.stdout.write(`starting with ${inspect(config, { depth: null })}\n`) // expect: exposedSecret

// ---- a-config-without-its-secrets
import { login, secret } from '../../secret.ts'
function loadConfig() {
  return { port: 8080, database: login.expose(), signing: { url: 'x', key: secret.expose() } }
}
const { database, signing, ...shown } = loadConfig()
console.log('starting with', shown, signing.url)

// ---- a-connection-string-of-parts
import type { Secret } from '../../secret.ts'
export async function connect(password: Secret, host: string, log: { info(text: string): void }) {
  const url = new URL('postgres://app@placeholder/app')
  url.hostname = host
  url.password = encodeURIComponent(password.expose())
  log.info(`connecting to ${url.toString()}`) // expect: exposedSecret
  return url
}

// ---- a-url-without-its-password
import type { Secret } from '../../secret.ts'
export function connect(password: Secret, log: { info(text: string): void }) {
  const url = new URL('postgres://app@localhost/app')
  url.password = password.expose()
  const { host, pathname, username } = url
  log.info(`connecting to ${username}@${host}${pathname}`)
  return url
}

// ---- a-decorated-event
import { secret } from '../../secret.ts'
import { logger } from './logger.ts'
type Event = { name: string; at: number; detail?: unknown }
const withTime = (event: Omit<Event, 'at'>): Event => ({ ...event, at: Date.now() })
logger.info(withTime({ name: 'key.loaded', detail: { key: secret.expose() } })) // expect: exposedSecret

// ---- a-getter-of-a-settings-object.js
import { secret } from '../../secret.ts'
import debugFactory from 'debug'
const debug = debugFactory('settings')
const settings = {
  get apiKey() {
    return secret.expose()
  },
  port: 1,
}
debug('settings %j', settings) // expect: exposedSecret

// ---- a-handler-of-failures.js
import { secret } from '../../secret.ts'
import axios from 'axios'
export async function refresh(logger) {
  const params = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: secret.expose(),
  })
  try {
    const { data } = await axios.post('https://example.com/token', params)
    return data
  } catch (error) {
    logger.error(`refresh failed: ${error.message} (${params})`) // expect: exposedSecret
    return null
  }
}

// ---- a-map-of-headers-as-lines
import { secret } from '../../secret.ts'
const headers: Record<string, string> = { accept: 'application/json' }
headers['x-api-key'] = secret.expose()
const lines = Object.entries(headers)
  .map(([name, value]) => `${name}: ${value}`)
  .join('\n')
console.error(`request:\n${lines}`) // expect: exposedSecret

// ---- a-replaced-header
import { secret } from '../../secret.ts'
const headers: Record<string, string> = { accept: '*/*', 'x-api-key': secret.expose() }
const shown = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [
    name,
    name === 'x-api-key' ? '***' : value.length,
  ]),
)
console.log(shown)

// ---- a-rejected-value-of-allsettled
import { secret } from '../../secret.ts'
const results = await Promise.allSettled([Promise.resolve(secret.expose()), Promise.resolve(1)])
for (const result of results) if (result.status === 'fulfilled') console.log(result.value) // expect: exposedSecret

// ---- a-reason-of-allsettled
import { secret } from '../../secret.ts'
declare const store: { create(key: string): Promise<number> }
const failures = await Promise.allSettled([store.create(secret.expose())])
for (const failure of failures) {
  if (failure.status === 'rejected') console.error('failed', failure.reason)
}

// ---- a-retry-that-logs-the-request
import { secret } from '../../secret.ts'
import { setTimeout as sleep } from 'node:timers/promises'
export async function post(url: string, body: unknown, log: any) {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret.expose()}` },
  }
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      return await fetch(url, init)
    } catch (error) {
      log.warn({ err: error, attempt, init }, 'retrying') // expect: exposedSecret
      await sleep(100 * attempt)
    }
  }
}

// ---- a-retry-that-logs-the-attempt
import { secret } from '../../secret.ts'
export async function post(url: string, body: unknown, log: any) {
  const headers = { authorization: `Bearer ${secret.expose()}` }
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      return await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
    } catch (error) {
      log.warn({ err: error, attempt, url }, 'retrying')
    }
  }
}

// ---- a-ternary-in-a-template
import { secret } from '../../secret.ts'
export const describeKey = (isVerbose: boolean) =>
  console.log(`key: ${isVerbose ? secret.expose() : secret.label}`) // expect: exposedSecret

// ---- a-wrapper-of-the-console
import { secret } from '../../secret.ts'
const out = {
  info: (...values: unknown[]) => console.info(new Date().toISOString(), ...values), // expect: exposedSecret
  error: (...values: unknown[]) => console.error(new Date().toISOString(), ...values),
}
out.info('key', secret.expose())

// ---- an-array-that-is-filled-in-a-loop
import type { SecretVersion } from '../../secret.ts'
export function table(versions: readonly SecretVersion[]) {
  const rows: string[][] = [['version', 'value']]
  for (const { version, value } of versions) rows.push([version, value.expose().slice(0, 6)])
  for (const row of rows) console.log(row.join('\t')) // expect: exposedSecret
}

// ---- a-fleet-of-versions
import type { SecretVersion } from '../../secret.ts'
export function table(versions: readonly SecretVersion[]) {
  for (const { version, value } of versions) console.log(version, value.label)
  console.log(versions.map(({ version }) => version).join(', '), versions.length)
}

// ---- a-cache-by-fingerprint
import { secret } from '../../secret.ts'
import { createHash } from 'node:crypto'
const cache = new Map<string, number>()
const id = createHash('sha256').update(secret.expose()).digest('base64url').slice(0, 8)
cache.set(id, Date.now())
console.log([...cache.entries()], cache.get(id))

// ---- a-certificate-of-a-key
import { secret } from '../../secret.ts'
import { createServer } from 'node:https'
const server = createServer({ key: secret.expose(), cert: 'x' }, (req, res) => res.end())
server.listen(0, () => console.log('listening on', server.address()))

// ---- a-check-of-a-form
import { secret } from '../../secret.ts'
const password = secret.expose()
const problems: string[] = []
if (password.length < 12) problems.push('too short')
if (password.toLowerCase() === password) problems.push('no capital letter')
if (problems.length > 0) console.warn(`${secret.label}: ${problems.join(', ')}`)

// ---- a-cipher
import { secret } from '../../secret.ts'
import { createCipheriv, randomBytes } from 'node:crypto'
export function seal(text: string) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(secret.expose(), 'hex'), iv)
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]).toString('base64')
  console.log({ iv: iv.toString('hex'), sealed, tag: cipher.getAuthTag().toString('hex') })
}

// ---- a-decoded-payload
import { secret } from '../../secret.ts'
import { jwtVerify } from 'jose'
export async function check(token: string) {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(secret.expose()))
  console.log('subject', payload.sub, payload)
}

// ---- a-result-of-a-worker
import { secret } from '../../secret.ts'
import { Worker } from 'node:worker_threads'
const worker = new Worker('./sign.js', { workerData: { key: secret.expose() } })
worker.on('message', (message) => console.log(message))
worker.on('error', (error) => console.error(error))

// ---- a-row-of-a-database
import { login } from '../../secret.ts'
import pg from 'pg'
const client = new pg.Client({ ...login.expose(), host: 'localhost' })
await client.connect()
const { rows } = await client.query('SELECT now()')
console.log(rows[0], client.processID)

// ---- a-sum-of-bytes
import { secret } from '../../secret.ts'
const bytes = Buffer.from(secret.expose(), 'base64url')
const strength = bytes.byteLength * 8
console.log(`${secret.label} has ${strength} bits`, Math.min(strength, 256))

// ---- an-error-that-drops-what-it-takes
import { secret } from '../../secret.ts'
class KeyError extends Error {
  constructor(key: string) {
    super(`a key of ${key.length} characters`)
  }
}
console.error(new KeyError(secret.expose()))
