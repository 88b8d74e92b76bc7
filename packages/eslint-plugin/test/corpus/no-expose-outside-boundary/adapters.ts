// ---- a-client-kept
import type { Secret } from '../../secret.ts'
declare class Pool {
  constructor(options: { user: string; password: string })
}
export class Database {
  readonly #pool: Pool
  constructor(user: string, password: Secret) {
    this.#pool = new Pool({ user, password: password.expose() })
  }
  get pool() {
    return this.#pool
  }
}

// ---- a-client-of-the-module
import { login } from '../../secret.ts'
declare class Pool {
  constructor(options: object)
}
const { user, password } = { user: 'frontend', password: login }
export const pool = new Pool({ user, password: password.expose().password })

// ---- a-fingerprint-of-the-class
import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'
export class Identity {
  static readonly fingerprint = createHash('sha256').update(secret.expose()).digest('hex')
}

// ---- a-function-that-a-driver-calls
import type { SecretVersion } from '../../secret.ts'
declare class Client {
  constructor(options: { user: string; password: () => string | Promise<string> })
}
export const open = (user: string, live: { current: SecretVersion }) =>
  new Client({ user, password: () => live.current.value.expose() })

// ---- a-hash-kept
import { createHash } from 'node:crypto'
import type { Secret } from '../../secret.ts'
const known = new Set<string>()
export function isNew(secret: Secret) {
  const digest = createHash('sha256').update(secret.expose()).digest('hex')
  if (known.has(digest)) return false
  known.add(digest)
  return true
}

// ---- a-header-of-one-request
import type { Secret } from '../../secret.ts'
export async function load(url: URL, token: Secret): Promise<unknown> {
  const headers = { authorization: `Bearer ${token.expose()}` }
  const answer = await fetch(url, { headers })
  return answer.json()
}

// ---- a-header-set-on-a-request-of-the-caller
import type { Secret } from '../../secret.ts'
export function authorize(request: { headers: Record<string, string> }, token: Secret) {
  request.headers['authorization'] = `Bearer ${token.expose()}`
}

// ---- a-key-object-kept
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export class Sealer {
  readonly #key: KeyObject
  constructor(key: Secret) {
    this.#key = createSecretKey(Buffer.from(key.expose(), 'base64'))
  }
  get type() {
    return this.#key.type
  }
}

// ---- a-length-kept
import type { Secret } from '../../secret.ts'
export class Policy {
  #longest = 0
  see(secret: Secret) {
    this.#longest = Math.max(this.#longest, secret.expose().length)
  }
  get longest() {
    return this.#longest
  }
}

// ---- a-local-constant
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function isRight(key: Secret, data: string, mac: Buffer) {
  const text = key.expose()
  const right = createHmac('sha256', text).update(data).digest()
  return timingSafeEqual(right, mac)
}

// ---- a-local-list-and-object
import { execFile } from 'node:child_process'
import type { SecretVersion } from '../../secret.ts'
export function run(program: string, versions: SecretVersion[]) {
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] }
  for (const { version, value } of versions) env[version] = value.expose()
  execFile(program, { env })
}

// ---- a-local-map
import type { SecretVersion } from '../../secret.ts'
export function countDistinct(versions: SecretVersion[]) {
  const texts = new Set<string>()
  for (const { value } of versions) texts.add(value.expose())
  return texts.size
}

// ---- a-map-callback-that-keeps-nothing
import { secret } from '../../secret.ts'
let count = 0
export const trimmed = secret.map((text) => {
  count = text.length
  return text.trim()
})
export const size = () => count

// ---- a-secret-given-back
import { Secret, type SecretVersion } from '../../secret.ts'
declare function parse(text: string): { password: string }
export function passwordOf({ value }: SecretVersion): Secret {
  const { password } = parse(value.expose())
  return Secret.of(password, 'PASSWORD')
}

// ---- a-secret-made-of-parts
import { Secret } from '../../secret.ts'
export class Pair {
  readonly both: Secret
  constructor(user: string, password: Secret) {
    this.both = Secret.of(`${user}:${password.expose()}`, 'PAIR')
  }
}

// ---- a-setting-of-a-framework
import type { Secret } from '../../secret.ts'
interface Application {
  set(name: string, value: unknown): void
}
declare const app: Application
export function configure(secret: Secret) {
  app.set('cookie secret', secret.expose()) // wrong untyped: kept
}

// ---- a-signed-token-given-back
import jwt from 'jsonwebtoken'
import type { Secret } from '../../secret.ts'
export const issue = (id: string, key: Secret) => jwt.sign({ sub: id }, key.expose())

// ---- a-variable-of-a-block-at-the-top
import type { SecretVersion } from '../../secret.ts'
declare const versions: SecretVersion[]
declare function use(text: string): Promise<void>
for (const { value } of versions) {
  let text = ''
  text = value.expose()
  await use(text)
}

// ---- a-variable-set-by-an-inner-function
import type { Secret } from '../../secret.ts'
declare function use(text: string): boolean
export function run(secret: Secret) {
  let text = ''
  function take() {
    text = secret.expose()
  }
  take()
  return use(text)
}

// ---- a-variable-set-in-a-block
import type { Secret } from '../../secret.ts'
declare function use(text: string): Promise<void>
export async function run(read: () => Promise<Secret>) {
  let text: string
  try {
    text = (await read()).expose()
  } catch {
    return
  }
  await use(text)
}

// ---- a-variable-set-under-a-lock
import type { Secret } from '../../secret.ts'
declare function withLock(run: () => Promise<void>): Promise<void>
declare function use(text: string): Promise<void>
export async function rotate(read: () => Promise<Secret>) {
  let text = ''
  await withLock(async () => {
    text = (await read()).expose()
  })
  await use(text)
}

// ---- an-address-for-one-connection
import { login } from '../../secret.ts'
declare function connect(url: string): Promise<{ id: number }>
export async function open(base: string) {
  const url = new URL(base)
  url.password = login.expose().password
  return await connect(url.href)
}

// ---- an-argument
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function sign(key: Secret, data: string) {
  return createHmac('sha256', key.expose()).update(data).digest('hex')
}

// ---- an-event-listener
import { createServer } from 'node:http'
import type { SecretVersion } from '../../secret.ts'
export function serve(live: { current: SecretVersion }) {
  const server = createServer((request, response) => {
    const text = live.current.value.expose()
    response.statusCode = request.headers.authorization === text ? 200 : 401
    response.end()
  })
  return server
}

// ---- an-exported-function-that-its-caller-gives-a-value
import { login } from '../../secret.ts'
declare function connect(config: object): Promise<number>
export function toConfig(user: string, password: string) {
  return { user, password, ssl: true }
}
export async function prove() {
  const { user, password } = login.expose()
  return (await connect(toConfig(user, password))) > 0
}

// ---- compared
import type { Secret } from '../../secret.ts'
export const isSame = (one: Secret, other: Secret) => one.expose() === other.expose()

// ---- exposed-anew-at-each-call
import { createHmac } from 'node:crypto'
import type { SecretVersion } from '../../secret.ts'
export function createSigner(live: { current: SecretVersion }) {
  return (data: string) =>
    createHmac('sha256', live.current.value.expose()).update(data).digest('hex')
}

// ---- from-a-function-of-this-file-only
import type { Secret } from '../../secret.ts'
function basic(id: string, secret: Secret): string {
  const pair = [id, secret.expose()].map(encodeURIComponent).join(':')
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
export const ask = (url: URL, id: string, secret: Secret) =>
  fetch(url, { headers: { authorization: basic(id, secret) } })

// ---- from-a-private-method
import type { Secret } from '../../secret.ts'
export class Vault {
  readonly #token: Secret
  constructor(token: Secret) {
    this.#token = token
  }
  read(url: URL) {
    return fetch(url, { headers: this.#headers() })
  }
  #headers() {
    return { 'X-Vault-Token': this.#token.expose() }
  }
}

// ---- in-a-callback-that-is-done-before-it-returns
import type { Secret } from '../../secret.ts'
export function hasAny(lines: string[], secret: Secret) {
  const text = secret.expose()
  return lines.some((line) => line.includes(text))
}

// ---- in-javascript.js
const { secret } = require('../../secret.ts')
exports.connect = (open) => open({ password: secret.expose() })

// ---- into-a-map-of-the-caller
import type { SecretVersion } from '../../secret.ts'
export function collect(into: Map<string, string>, versions: SecretVersion[]) {
  for (const { version, value } of versions) into.set(version, value.expose())
}

// ---- mapped-and-counted
import type { SecretVersion } from '../../secret.ts'
export function longest(versions: SecretVersion[]) {
  const lengths = versions.map(({ value }) => value.expose().length)
  return Math.max(...lengths)
}

// ---- masked-and-given-back
import { secret } from '../../secret.ts'
export const shown = () => secret.expose().replace(/./g, '*')

// ---- parsed-into-something-public
import { secret } from '../../secret.ts'
interface Journal {
  epoch: number
}
export const read = () => JSON.parse(secret.expose()) as Journal // wrong: returned

// ---- the-public-part-given-back
import { login } from '../../secret.ts'
export const userName = () => login.expose().user

// ---- the-rows-of-a-query
import { login } from '../../secret.ts'
declare const pool: { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> }
const { rows } = await pool.query('select crypt($1, salt) from account', [login.expose().password])
export const found = rows.length

// ---- the-secret-kept
import type { Secret } from '../../secret.ts'
export class Client {
  readonly #token: Secret
  constructor(token: Secret) {
    this.#token = token
  }
  call(url: string) {
    return fetch(url, { headers: { authorization: `Bearer ${this.#token.expose()}` } })
  }
}

// ---- tried-against-a-pattern
import type { Secret } from '../../secret.ts'
export function check(passphrase: Secret) {
  if (!/^[\x21-\x7e]+$/.test(passphrase.expose())) throw new Error('it must be one word')
}

// ---- what-a-connection-gave
import type { Secret } from '../../secret.ts'
declare function connect(password: string): Promise<{ id: number }>
export class Session {
  connection: { id: number } | undefined
  async open(password: Secret) {
    this.connection = await connect(password.expose())
  }
}

// ---- what-may-be-known-of-a-login
import { login } from '../../secret.ts'
const { user, port } = login.expose()
export const where = `${user} at ${port}`

// ---- what-was-encrypted
import type { Secret } from '../../secret.ts'
declare function encrypt(text: string): string
const sealed = new Map<string, string>()
export function keep(secret: Secret) {
  sealed.set(secret.label, encrypt(secret.expose()))
}

// ---- when-and-how-long
import type { Secret } from '../../secret.ts'
export class Uses {
  readonly #uses: { at: number; length: number }[] = []
  add(secret: Secret) {
    this.#uses.push({ at: Date.now(), length: secret.expose().length })
    return this.#uses.length
  }
}

// ---- whether-it-is-marked
import type { Secret } from '../../secret.ts'
export const isMarked = (secret: Secret) => secret.expose().startsWith('dev-')

// ---- whether-it-is-there
import { secret } from '../../secret.ts'
export const isConfigured = secret.expose() !== ''

// ---- written-to-the-far-side
import type { Secret } from '../../secret.ts'
interface SecretsClient {
  set(name: string, value: string): Promise<void>
}
export class Store {
  constructor(private readonly client: SecretsClient) {}
  async write(value: Secret) {
    await this.client.set(value.label, value.expose()) // wrong untyped: kept
  }
}
