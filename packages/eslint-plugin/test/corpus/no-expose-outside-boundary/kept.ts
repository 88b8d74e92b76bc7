// ---- a-basic-header-in-a-field
import type { Secret } from '../../secret.ts'
export class Administrator {
  #authorization = ''
  logIn(id: string, secret: Secret) {
    const pair = `${id}:${secret.expose()}`
    this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}` // expect: kept
  }
  get isLoggedIn() {
    return this.#authorization !== ''
  }
}

// ---- a-default-export-of-text
import { secret } from '../../secret.ts'
export default secret.expose() // expect: kept

// ---- a-default-export
import { secret } from '../../secret.ts'
export default { clientId: 'vpn', clientSecret: secret.expose() } // expect: kept

// ---- a-field-that-is-a-parameter
import { createHmac } from 'node:crypto'
import { secret } from '../../secret.ts'
class Signer {
  constructor(private readonly key: string) {} // expect: kept
  sign(data: string) {
    return createHmac('sha256', this.key).update(data).digest('hex')
  }
}
export const mac = (data: string) => new Signer(secret.expose()).sign(data)

// ---- a-field
import { secret } from '../../secret.ts'
export class Client {
  readonly #apiKey = secret.expose() // expect: kept
  call(url: string) {
    return fetch(url, { headers: { 'x-api-key': this.#apiKey } })
  }
}

// ---- a-header-at-the-top
import { secret } from '../../secret.ts'
const HEADERS = { authorization: `Bearer ${secret.expose()}`, accept: 'application/json' } // expect: kept
export const load = (url: string) => fetch(url, { headers: HEADERS })

// ---- a-map-made-at-the-top
import { secret } from '../../secret.ts'
const tokens = new Map([['vault', secret.expose()]]) // expect: kept
export const isToken = (text: string) => [...tokens.values()].includes(text)

// ---- a-property-of-a-module-object
import { secret } from '../../secret.ts'
const state: { token?: string } = {}
export function logIn() {
  state.token = secret.expose() // expect: kept
}
export const isLoggedIn = () => state.token !== undefined

// ---- a-property-of-what-was-imported
import axios from 'axios'
import { secret } from '../../secret.ts'
export function configure() {
  axios.defaults.headers.common.Authorization = `Bearer ${secret.expose()}` // expect: kept
}

// ---- a-static-field
import { secret } from '../../secret.ts'
export class Signer {
  static readonly key = secret.expose() // expect: kept
}

// ---- after-a-promise
import type { Secret } from '../../secret.ts'
declare function load(): Promise<Secret>
export const password = await load().then((secret) => secret.expose()) // expect: kept

// ---- all-of-it-in-the-instance
import type { Secret } from '../../secret.ts'
export class Config {
  constructor(host: string, password: Secret) {
    Object.assign(this, { host, password: password.expose() }) // expect: kept
  }
}

// ---- an-export-of-commonjs.js
const { secret } = require('../../secret.ts')
exports.jwtSecret = secret.expose() // expect: kept

// ---- assigned-by-destructuring
import type { login as Login } from '../../secret.ts'
export class Connection {
  #user = ''
  #password = ''
  use(login: typeof Login) {
    ;({ user: this.#user, password: this.#password } = login.expose()) // expect: kept
    return this.#user === '' && this.#password === ''
  }
}

// ---- at-the-top-of-a-module
import { secret } from '../../secret.ts'
const apiKey = secret.expose() // expect: kept
export const call = (url: string) => fetch(url, { headers: { 'x-api-key': apiKey } })

// ---- by-a-function-that-remembers
// missed
import { secret } from '../../secret.ts'
declare function once<T>(make: () => T): () => T
const key = once(() => secret.expose())
export const call = (url: string) => fetch(url, { headers: { 'x-api-key': key() } })

// ---- by-a-local-function
import type { Secret } from '../../secret.ts'
function headersFor(token: Secret) {
  return { 'X-Vault-Token': token.expose() }
}
export class Vault {
  headers: Record<string, string> = {}
  use(token: Secret) {
    this.headers = headersFor(token) // expect: kept
  }
}

// ---- by-a-static-block
import { secret } from '../../secret.ts'
export class Signer {
  static key = ''
  static {
    Signer.key = secret.expose() // expect: kept
  }
}

// ---- by-the-constructor
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export class Signer {
  readonly #key: string
  constructor(key: Secret) {
    this.#key = key.expose() // expect: kept
  }
  sign(data: string) {
    return createHmac('sha256', this.#key).update(data).digest('hex')
  }
}

// ---- bytes-in-a-field
import type { Secret } from '../../secret.ts'
export class Keystore {
  #passphrase: Buffer | undefined
  async open(read: () => Promise<Secret>) {
    this.#passphrase = Buffer.from((await read()).expose(), 'utf8') // expect: kept
  }
  close() {
    this.#passphrase?.fill(0)
  }
}

// ---- destructured-at-the-top
import { login } from '../../secret.ts'
const { password } = login.expose()
export const connect = (open: (text: string) => void) => open(password) // expect: kept

// ---- exported
import { secret } from '../../secret.ts'
export const SESSION_KEY = secret.expose() // expect: kept

// ---- exports-of-commonjs.js
const { secret } = require('../../secret.ts')
module.exports = { sessionSecret: secret.expose() } // expect: kept

// ---- headers-in-a-field
import { secret } from '../../secret.ts'
export class Api {
  readonly #headers = new Headers({ authorization: `Bearer ${secret.expose()}` }) // expect: kept
  load(url: URL) {
    return fetch(url, { headers: this.#headers })
  }
}

// ---- in-a-cache-of-the-instance
import type { SecretVersion } from '../../secret.ts'
export class Tokens {
  readonly #cache = new Map<string, string>()
  use({ version, value }: SecretVersion): number {
    const text = value.expose()
    this.#cache.set(version, text) // expect: kept
    return text.length
  }
}

// ---- in-a-cache-with-a-name-of-its-own
import type { SecretVersion } from '../../secret.ts'
class TokenCache {
  #size = 0
  set(_key: string, _token: string) {
    this.#size += 1
  }
}
const cache = new TokenCache()
export const warm = ({ version, value }: SecretVersion) => {
  cache.set(version, value.expose()) // expect: kept
}

// ---- in-a-field-by-a-map-callback
import type { Secret } from '../../secret.ts'
export class Checker {
  #last = ''
  check(key: Secret) {
    return key.map((text) => (this.#last = text)).label // expect: kept
  }
  isLast(text: string) {
    return this.#last === text
  }
}

// ---- in-a-field-of-a-field
import type { Secret } from '../../secret.ts'
interface Session {
  defaults: { headers: Record<string, string> }
}
export class Api {
  constructor(readonly session: Session) {}
  authorize(token: Secret) {
    const { headers } = this.session.defaults
    headers['authorization'] = `Bearer ${token.expose()}` // expect: kept
  }
}

// ---- in-a-list-of-the-module
import type { SecretVersion } from '../../secret.ts'
const masked: string[] = []
export function addAll(versions: SecretVersion[]) {
  for (const { value } of versions) masked.push(value.expose()) // expect: kept
}

// ---- in-a-map-of-the-module
import type { SecretVersion } from '../../secret.ts'
const byVersion = new Map<string, string>()
export function remember({ version, value }: SecretVersion) {
  byVersion.set(version, value.expose()) // expect: kept
}

// ---- in-the-environment
import { login } from '../../secret.ts'
export function prepare() {
  process.env['PGPASSWORD'] = login.expose().password // expect: kept
}

// ---- in-the-storage-of-a-browser
import { secret } from '../../secret.ts'
export function remember() {
  localStorage.setItem('token', secret.expose()) // expect: kept
}

// ---- on-a-function
import { secret } from '../../secret.ts'
export function sign(data: string) {
  return data.length + sign.key.length
}
sign.key = secret.expose() // expect: kept

// ---- on-the-global-object
import { secret } from '../../secret.ts'
Object.assign(globalThis, { started: true })
export function start() {
  ;(globalThis as { apiKey?: string }).apiKey = secret.expose() // expect: kept
}

// ---- options-in-a-field
import type { Secret } from '../../secret.ts'
export class Database {
  private readonly options: { user: string; password: string }
  constructor(user: string, password: Secret) {
    this.options = { user, password: password.expose() } // expect: kept
  }
  open(connect: (options: object) => void) {
    connect(this.options)
  }
}

// ---- out-of-a-map-callback
import { secret } from '../../secret.ts'
let seen = ''
export const trimmed = secret.map((text) => {
  seen = text // expect typed: kept
  return text.trim()
})
export const wasSeen = (text: string) => seen === text

// ---- remembered-after-the-first-use
import { secret } from '../../secret.ts'
let cached: string | undefined
export async function call(url: string) {
  cached ??= secret.expose() // expect: kept
  await fetch(url, { headers: { authorization: cached } })
}

// ---- set-later-by-a-function
import { secret } from '../../secret.ts'
let apiKey: string | undefined
export function start() {
  apiKey = secret.expose() // expect: kept
}
export const isStarted = () => apiKey !== undefined

// ---- the-environment-of-all-children
import { spawn } from 'node:child_process'
import { login } from '../../secret.ts'
const ENVIRONMENT = { ...process.env, PGPASSWORD: login.expose().password } // expect: kept
export const dump = () => spawn('pg_dump', { env: ENVIRONMENT })

// ---- where-the-disposal-is-forgotten
import type { Secret } from '../../secret.ts'
export class Escrow {
  #shares: string[] = []
  take(shares: Secret[]) {
    this.#shares = shares.map((share) => share.expose()) // expect: kept
  }
  get count() {
    return this.#shares.length
  }
}
