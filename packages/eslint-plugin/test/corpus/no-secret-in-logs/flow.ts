// ---- a-callback-for-each-version
import type { SecretVersion } from '../../secret.ts'
export function dump(versions: readonly SecretVersion[]) {
  versions.forEach(({ version, value }) => console.log(version, value.expose())) // expect: exposedSecret
}

// ---- a-callback-of-a-function-of-the-file
import { secret } from '../../secret.ts'
function withKey(key: string, work: (key: string) => void) {
  work(key)
}
withKey(secret.expose(), (key) => console.log(key)) // expect: exposedSecret

// ---- overwritten-before-it-is-read
import { secret } from '../../secret.ts'
declare function send(key: string): void
let line = `key ${secret.expose()}`
send(line)
line = 'sent'
console.log(line)

// ---- a-coloured-template
import { secret } from '../../secret.ts'
import chalk from 'chalk'
console.log(chalk.red`key ${secret.expose()}`) // expect: exposedSecret

// ---- whether-it-is-there
import { secret } from '../../secret.ts'
console.log(Boolean(secret.expose()), { hasKey: !!secret.expose() })

// ---- a-connection-string
import { login } from '../../secret.ts'
const { user, password } = login.expose()
const connectionString = `postgres://${user}:${password}@localhost/app`
console.log({ connectionString }) // expect: exposedSecret

// ---- the-host-of-a-url
import { secret } from '../../secret.ts'
const url = new URL('postgres://localhost/app')
url.password = secret.expose()
console.log('connecting to', url.host, url.pathname)

// ---- a-default-of-a-parameter
import { secret } from '../../secret.ts'
function print(key = secret.expose()) {
  console.log(key) // expect: exposedSecret
}
print()

// ---- another-method-of-an-object
import { secret } from '../../secret.ts'
const client = {
  key: secret.expose(),
  name: 'signing',
  print() {
    console.log(this.name)
  },
}
client.print()

// ---- a-field-of-the-base-class
import { secret } from '../../secret.ts'
class Client {
  protected key = secret.expose()
}
class SigningClient extends Client {
  print() {
    console.log(this.key) // expect: exposedSecret
  }
}

// ---- another-field-of-the-base-class
import { secret } from '../../secret.ts'
class Client {
  protected key = secret.expose()
  protected name = 'client'
}
class SigningClient extends Client {
  print() {
    console.log(this.name)
  }
}

// ---- a-field-that-is-set-from-outside
// missed
import { secret } from '../../secret.ts'
class Client {
  key = ''
  print() {
    console.log(this.key)
  }
}
const client = new Client()
client.key = secret.expose()
client.print()

// ---- another-static-field
import { secret } from '../../secret.ts'
class Client {
  static key = secret.expose()
  static path = '/keys'
}
console.log(Client.path)

// ---- a-function-that-a-function-gives-back
import { secret } from '../../secret.ts'
const printer = (key: string) => () => console.log(key) // expect: exposedSecret
printer(secret.expose())()

// ---- a-function-that-uses-it
import { secret } from '../../secret.ts'
const signer = (key: string) => (text: string) => `${text}${key.length}`
const sign = signer(secret.expose())
console.log(sign.name)

// ---- a-generator-that-delegates
import { secret } from '../../secret.ts'
function* inner() {
  yield secret.expose()
}
function* outer() {
  yield* inner()
}
for (const part of outer()) console.log(part) // expect: exposedSecret

// ---- a-generator-of-lengths
import { secret } from '../../secret.ts'
function* lengths() {
  yield secret.expose().length
}
for (const length of lengths()) console.log(length)

// ---- a-listener-of-an-event
import { secret } from '../../secret.ts'
import { EventEmitter } from 'node:events'
class Keys extends EventEmitter {}
const keys = new Keys()
keys.once('loaded', (name: string, key: string) => console.log(name, key)) // expect: exposedSecret
keys.emit('loaded', 'signing', secret.expose())

// ---- another-event
import { secret } from '../../secret.ts'
import { EventEmitter } from 'node:events'
const keys = new EventEmitter()
keys.on('loaded', (name: string) => console.log(name))
keys.emit('loaded', 'signing', secret.expose())
keys.emit('changed', secret.expose())

// ---- a-parameter-of-a-url
import { secret } from '../../secret.ts'
const url = new URL('https://example.com/keys')
url.searchParams.set('key', secret.expose())
console.log(`GET ${url}`) // expect: exposedSecret

// ---- the-answer-to-a-request-with-a-key
import { secret } from '../../secret.ts'
const headers = new Headers()
headers.set('authorization', `Bearer ${secret.expose()}`)
const response = await fetch('https://example.com', { headers })
console.log(response.status, await response.json())

// ---- a-private-method
import { secret } from '../../secret.ts'
class Client {
  #authorization() {
    return `Bearer ${secret.expose()}`
  }
  print() {
    console.log({ authorization: this.#authorization() }) // expect: exposedSecret
  }
}

// ---- a-class-that-says-what-is-printed
import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
  toJSON() {
    return { name: 'client' }
  }
}
console.log(JSON.stringify(new Client(secret.expose())))

// ---- a-promise-that-is-made-here
import { secret } from '../../secret.ts'
const loading = new Promise<string>((resolve) => {
  setTimeout(() => resolve(secret.expose()), 10)
})
console.log(await loading) // expect: exposedSecret

// ---- whether-a-password-is-right
import { secret } from '../../secret.ts'
import bcrypt from 'bcrypt'
declare const stored: string
const matches = await bcrypt.compare(secret.expose(), stored)
console.log('login', matches)

// ---- a-property-of-a-property-that-is-set-later
import { secret } from '../../secret.ts'
const request = { url: '/keys', headers: {} as Record<string, string> }
request.headers['authorization'] = `Bearer ${secret.expose()}`
console.log(request) // expect: exposedSecret

// ---- the-url-of-a-request
import { secret } from '../../secret.ts'
const request = { url: '/keys', headers: {} as Record<string, string> }
request.headers['authorization'] = `Bearer ${secret.expose()}`
console.log(request.url, Object.keys(request.headers))

// ---- a-replacement
import { secret } from '../../secret.ts'
const template = 'KEY=$KEY'
console.log(template.replace('$KEY', () => secret.expose())) // expect: exposedSecret

// ---- cut-out-of-a-line-that-has-it
import { secret } from '../../secret.ts'
const key = secret.expose()
const command = `vault login ${key}`
console.log('running', command.replace(key, '***'))

// ---- a-static-field
import { secret } from '../../secret.ts'
class Client {
  static key = secret.expose()
}
console.log(Client.key) // expect: exposedSecret

// ---- a-placeholder-over-the-spread
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
console.log('settings', { ...settings, key: '[redacted]' })

// ---- a-switch
import { secret } from '../../secret.ts'
export function report(kind: string) {
  let shown
  switch (kind) {
    case 'full':
      shown = secret.expose()
      break
    default:
      shown = secret.label
  }
  console.log(shown) // expect: exposedSecret
}

// ---- a-template-tag-of-the-file
import { secret } from '../../secret.ts'
const line = (texts: TemplateStringsArray, ...values: string[]) => texts.join('') + values.join(',')
console.log(line`key ${secret.expose()}`) // expect: exposedSecret

// ---- a-template-tag-that-drops-values
import { secret } from '../../secret.ts'
const redacted = (texts: TemplateStringsArray, ..._values: string[]) => texts.join('[redacted]')
console.log(redacted`key ${secret.expose()}`)

// ---- a-type-that-only-holds-a-redacted-part
import { secret } from '../../secret.ts'
interface Shown {
  readonly digest: string
  readonly key: string
}
function show(): Shown {
  return { digest: 'x', key: secret.expose() }
}
console.log(show()) // expect: exposedSecret

// ---- a-promise-of-a-fingerprint
import { secret } from '../../secret.ts'
interface Fingerprint {
  readonly hex: string
}
async function identify(key: string): Promise<Fingerprint> {
  return { hex: key.slice(0, 8) }
}
console.log(await identify(secret.expose()))

// ---- an-arrow-function-in-a-field
import { secret } from '../../secret.ts'
class Screen {
  show = (text: string) => console.log(text) // expect: exposedSecret
  open() {
    this.show(secret.expose())
  }
}

// ---- a-method-of-another-class
import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
}
class Safe {
  show(text: string) {
    return text.length
  }
}
new Safe().show(secret.expose())
new Screen().show('ready')

// ---- an-async-generator
import { secret } from '../../secret.ts'
async function* versions() {
  yield { id: 1, key: secret.expose() }
}
for await (const { key } of versions()) console.log(key) // expect: exposedSecret

// ---- the-index-of-each-entry
import { secret } from '../../secret.ts'
for (const [index] of [secret.expose()].entries()) console.log(index)

// ---- an-error-that-a-function-of-the-file-throws
import { secret } from '../../secret.ts'
function check(key: string) {
  if (key.length < 32) throw new Error(`too short: ${key}`)
}
try {
  check(secret.expose())
} catch (error) {
  console.error(error) // expect: exposedSecret
}

// ---- an-error-of-another-try
import { secret } from '../../secret.ts'
try {
  throw new Error(secret.expose())
} catch {
  console.error('refused')
}
try {
  throw new Error('closed')
} catch (error) {
  console.error(error)
}

// ---- an-error-that-a-promise-brings
import { secret } from '../../secret.ts'
async function connect() {
  throw new Error(`refused: ${secret.expose()}`)
}
connect().catch((error) => console.error(error)) // expect: exposedSecret

// ---- an-error-that-is-caught-further-in
import { secret } from '../../secret.ts'
declare function open(): void
try {
  try {
    throw new Error(secret.expose())
  } catch {
    console.error('refused')
  }
  open()
} catch (error) {
  console.error(error)
}

// ---- an-error-with-details-of-our-own
import { secret } from '../../secret.ts'
class ConfigError extends Error {
  constructor(readonly details: object) {
    super('bad configuration')
  }
}
console.error(new ConfigError({ key: secret.expose() })) // expect: exposedSecret

// ---- another-property-deleted
import { secret } from '../../secret.ts'
const request: { id?: number; key?: string } = { id: 1, key: secret.expose() }
delete request.id
console.log(request) // expect: exposedSecret

// ---- a-property-deleted-from-a-copy
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
const shown: Partial<typeof settings> = { ...settings }
delete shown.key
console.log(shown)

// ---- assigned-if-missing
import { secret } from '../../secret.ts'
let key: string | undefined
key ??= secret.expose()
console.log(key) // expect: exposedSecret

// ---- wiped-at-once
import { secret } from '../../secret.ts'
declare function connect(password: string): Promise<void>
let password: string | undefined = secret.expose()
await connect(password)
password = undefined
console.log({ password })

// ---- assigned-into-an-object
import { secret } from '../../secret.ts'
const options = { timeout: 1_000 }
Object.assign(options, { key: secret.expose() })
console.log('options', options) // expect: exposedSecret

// ---- the-rest-of-what-a-function-gives
import { secret } from '../../secret.ts'
const read = () => ({ host: 'localhost', key: secret.expose() })
const { key, ...rest } = read()
console.log(rest)

// ---- by-name-in-a-loop
import { secret } from '../../secret.ts'
const settings: Record<string, string> = { host: 'localhost', key: secret.expose() }
for (const name in settings) console.log(name, settings[name]) // expect: exposedSecret

// ---- the-names-of-the-entries
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
for (const [name, value] of Object.entries(settings)) console.log(name, value.length)

// ---- by-reflection
// missed
import { secret } from '../../secret.ts'
const settings = { key: secret.expose() }
console.log(Reflect.get(settings, 'key'))

// ---- a-property-overwritten-with-a-placeholder
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
const shown = { ...settings }
shown.key = '[redacted]'
console.log(shown, shown.key)

// ---- decrypted
import { secret } from '../../secret.ts'
const decrypt = (text: string) => text
console.log(decrypt(secret.expose())) // expect: exposedSecret

// ---- cut-out-of-a-line
import { secret } from '../../secret.ts'
declare const output: string
console.log(output.replaceAll(secret.expose(), '[redacted]'))
console.log(output.split(secret.expose()).join('[redacted]'))

// ---- deleted-too-late
import { secret } from '../../secret.ts'
const request: { key?: string } = { key: secret.expose() }
console.log(request) // expect: exposedSecret
delete request.key

// ---- a-key-that-a-parser-made
import { secret } from '../../secret.ts'
import { createSecretKey } from 'node:crypto'
const key = createSecretKey(secret.expose(), 'hex')
console.log(key.type, key.symmetricKeySize)

// ---- in-colour
import { secret } from '../../secret.ts'
import chalk from 'chalk'
console.log(chalk.bold.red(`key ${secret.expose()}`), chalk.dim`done`) // expect: exposedSecret

// ---- into-the-constructor-of-the-base-class
import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
  print() {
    console.log(this.key) // expect: exposedSecret
  }
}
class SigningClient extends Client {
  constructor() {
    super(secret.expose())
  }
}
new SigningClient().print()

// ---- a-ciphertext-class
import { secret } from '../../secret.ts'
class Ciphertext {
  constructor(readonly bytes: string) {}
}
function lock(text: string): Ciphertext {
  return new Ciphertext(text.split('').reverse().join(''))
}
console.log(lock(secret.expose()))

// ---- into-the-method-of-an-instance
import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text) // expect: exposedSecret
  }
}
const screen = new Screen()
screen.show(secret.expose())

// ---- into-another-method-of-an-instance
import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
  hide(text: string) {
    return text.length
  }
}
const screen = new Screen()
screen.hide(secret.expose())
screen.show('ready')

// ---- into-the-method-of-an-object
import { secret } from '../../secret.ts'
const screen = {
  show(text: string) {
    console.log(text) // expect: exposedSecret
  },
}
screen.show(secret.expose())

// ---- a-type-that-says-redacted
import { secret } from '../../secret.ts'
type Redacted = string & { readonly redacted: true }
const shorten = (text: string): Redacted => `${text.slice(0, 2)}…` as Redacted
console.log(shorten(secret.expose()))

// ---- json-of-another-package
import { secret } from '../../secret.ts'
import stringify from 'safe-stable-stringify'
console.log(stringify({ key: secret.expose() })) // expect: exposedSecret

// ---- kept-in-the-cache-of-an-instance
import { secret } from '../../secret.ts'
class Keys {
  readonly #cache = new Map<string, string>()
  load() {
    this.#cache.set('signing', secret.expose())
  }
  print() {
    console.log([...this.#cache]) // expect: exposedSecret
  }
}

// ---- the-names-of-a-map-that-is-filled-later
import { secret } from '../../secret.ts'
const keys = new Map<string, string>()
keys.set('signing', secret.expose())
keys.forEach((key, name) => console.log(name))
for (const [name] of keys) console.log(name)

// ---- one-of-several-promises
import { secret } from '../../secret.ts'
declare function ping(): Promise<number>
const [ms, key] = await Promise.all([ping(), secret.expose()])
console.log(ms, key) // expect: exposedSecret

// ---- the-other-promise
import { secret } from '../../secret.ts'
declare function ping(): Promise<number>
const [ms, key] = await Promise.all([ping(), secret.expose()])
console.log(`answered in ${ms} ms`)

// ---- options-that-are-sent-and-then-printed
import { secret } from '../../secret.ts'
const options = { method: 'POST', headers: { authorization: `Bearer ${secret.expose()}` } }
const response = await fetch('https://example.com', options)
if (!response.ok) console.error('failed', options) // expect: exposedSecret

// ---- undefined-over-the-spread
import { secret } from '../../secret.ts'
const options = { method: 'POST', headers: { authorization: `Bearer ${secret.expose()}` } }
await fetch('https://example.com', options)
console.log({ ...options, headers: undefined })

// ---- overwritten-in-a-loop-that-reads-it-first
import { secret } from '../../secret.ts'
let key = secret.expose()
for (let attempt = 0; attempt < 3; attempt += 1) {
  console.log(attempt, key) // expect: exposedSecret
  key = ''
}

// ---- overwritten-only-in-a-branch
import { secret } from '../../secret.ts'
export function report(isProduction: boolean) {
  let key = secret.expose()
  if (isProduction) key = '[redacted]'
  console.log(key) // expect: exposedSecret
}

// ---- overwritten-too-late
import { secret } from '../../secret.ts'
let key = secret.expose()
console.log(key) // expect: exposedSecret
key = ''

// ---- the-index-of-it
import { secret } from '../../secret.ts'
const known = ['a', 'b']
const index = known.findIndex((each) => each === secret.expose())
console.log(index, known[index])

// ---- reduced-into-a-text
import { login, secret } from '../../secret.ts'
const line = [secret.expose(), login.expose().user].reduce((text, part) => `${text} ${part}`, '')
console.log(line) // expect: exposedSecret

// ---- a-signed-token
import { secret } from '../../secret.ts'
import jwt from 'jwt-simple'
const pass = jwt.encode({ user: 1 }, secret.expose())
console.log(pass.length, { pass })

// ---- several-errors-in-one
import { secret } from '../../secret.ts'
console.error(new AggregateError([new Error(`refused: ${secret.expose()}`)])) // expect: exposedSecret

// ---- the-message-of-an-error-without-it
import { secret } from '../../secret.ts'
try {
  if (secret.expose() === '') throw new Error(`${secret.label} is empty`)
} catch (error) {
  if (error instanceof Error) console.error(error.message)
}

// ---- spread-over-the-placeholder
import { secret } from '../../secret.ts'
const settings = { id: 1, key: secret.expose() }
console.log({ key: '[redacted]', ...settings }) // expect: exposedSecret

// ---- another-method-of-what-a-function-makes
import { secret } from '../../secret.ts'
function createClient(key: string) {
  return { header: () => `Bearer ${key}`, size: () => key.length }
}
const client = createClient(secret.expose())
console.log(client.size())

// ---- the-entries-of-an-object
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
for (const [name, value] of Object.entries(settings)) console.log(`${name}=${value}`) // expect: exposedSecret

// ---- the-names-of-a-map
import { secret } from '../../secret.ts'
const keys = new Map([['signing', secret.expose()]])
for (const [name] of keys) console.log(name)
console.log([...keys.keys()])

// ---- the-message-of-an-error-that-is-caught
import { secret } from '../../secret.ts'
try {
  throw new Error(`refused: ${secret.expose()}`)
} catch (error) {
  if (error instanceof Error) console.error(error.message) // expect: exposedSecret
}

// ---- an-error-of-a-call-that-takes-it
import { secret } from '../../secret.ts'
declare function connect(key: string): void
try {
  connect(secret.expose())
} catch (error) {
  console.error(error)
}

// ---- the-method-of-an-object
import { secret } from '../../secret.ts'
const client = {
  key: secret.expose(),
  print() {
    console.log(this.key) // expect: exposedSecret
  },
}
client.print()

// ---- a-parsed-certificate
import { secret } from '../../secret.ts'
import { X509Certificate } from 'node:crypto'
const { subject, validTo, fingerprint256 } = new X509Certificate(secret.expose())
console.log(subject, validTo, fingerprint256)

// ---- the-method-of-what-a-function-makes
import { secret } from '../../secret.ts'
function createClient(key: string) {
  return { header: () => `Bearer ${key}`, close() {} }
}
const client = createClient(secret.expose())
console.log(client.header()) // expect: exposedSecret

// ---- a-timer
import { secret } from '../../secret.ts'
declare function renew(key: string): Promise<{ ttl: number }>
setInterval(async () => {
  const { ttl } = await renew(secret.expose())
  console.log({ ttl })
}, 1_000)

// ---- the-next-value-of-a-generator
import { secret } from '../../secret.ts'
function* keys() {
  yield secret.expose()
}
console.log(keys().next().value) // expect: exposedSecret

// ---- the-password-of-a-url
import { secret } from '../../secret.ts'
const url = new URL('postgres://localhost/app')
url.password = secret.expose()
console.log('connecting to', url.href) // expect: exposedSecret

// ---- a-pool-with-a-password
import { secret } from '../../secret.ts'
import pg from 'pg'
const pool = new pg.Pool({ host: 'localhost', password: secret.expose() })
console.log(pool.totalCount, pool.idleCount)

// ---- the-second-handler-of-then
import { secret } from '../../secret.ts'
async function connect() {
  throw new Error(`refused: ${secret.expose()}`)
}
connect().then(
  () => console.log('connected'),
  (error) => console.error(error), // expect: exposedSecret
)

// ---- the-values-of-a-map
import { secret } from '../../secret.ts'
const keys = new Map([['signing', secret.expose()]])
for (const [name, key] of keys) console.log(`${name}: ${key}`) // expect: exposedSecret

// ---- overwritten-in-every-turn
import { secret } from '../../secret.ts'
declare function send(text: string): void
let text = ''
for (const name of ['a', 'b']) {
  text = name
  console.log(text)
  text += secret.expose()
  send(text)
}

// ---- what-a-failed-command-says
import { secret } from '../../secret.ts'
import { execFileSync } from 'node:child_process'
try {
  execFileSync('vault', ['login', secret.expose()])
} catch (error) {
  console.error(error) // expect: exposedSecret
}

// ---- what-the-json-parser-says
import { secret } from '../../secret.ts'
try {
  JSON.parse(secret.expose())
} catch (error) {
  console.error('the key is no JSON', error) // expect: exposedSecret
}

// ---- a-check-of-the-length
import { secret } from '../../secret.ts'
const password = secret.expose()
if (password.length < 8) console.warn('the password is too short')
if (!/\d/.test(password)) console.warn(`${secret.label} has no digit`)

// ---- a-part-that-is-public
import { secret } from '../../secret.ts'
import { createPublicKey } from 'node:crypto'
const publicKey = createPublicKey(secret.expose())
console.log(publicKey.asymmetricKeyType, publicKey.export({ format: 'pem', type: 'spki' }))

// ---- a-variable-of-a-type-that-says-hmac
import { secret } from '../../secret.ts'
type Hmac = string & { readonly kind: 'hmac' }
const tag = secret.expose().replace('a', 'b') as Hmac
console.log({ tag })

// ---- an-alias-of-text-that-says-masked
import { secret } from '../../secret.ts'
type MaskedText = string
function shorten(text: string): MaskedText {
  return `${text.slice(0, 2)}…`
}
console.log(shorten(secret.expose()))

// ---- the-rows-of-a-query
import { secret } from '../../secret.ts'
import postgres from 'postgres'
const sql = postgres()
const rows = await sql`SELECT id FROM keys WHERE digest = sha256(${secret.expose()})`
console.log(rows)

// ---- whether-two-are-equal
import { login, secret } from '../../secret.ts'
import { timingSafeEqual } from 'node:crypto'
const isEqual = timingSafeEqual(Buffer.from(secret.expose()), Buffer.from(login.expose().password))
console.log({ isEqual })

// ---- yielded-and-spread
function* secrets() {
  yield secret.expose()
}
console.log([...secrets()]) // expect: exposedSecret
