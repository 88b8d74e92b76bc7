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

// ---- cut-out-of-a-line-that-has-it
import { secret } from '../../secret.ts'
const key = secret.expose()
const command = `vault login ${key}`
console.log('running', command.replace(key, '***'))

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

// ---- an-async-generator
import { secret } from '../../secret.ts'
async function* versions() {
  yield { id: 1, key: secret.expose() }
}
for await (const { key } of versions()) console.log(key) // expect: exposedSecret

// ---- the-index-of-each-entry
import { secret } from '../../secret.ts'
for (const [index] of [secret.expose()].entries()) console.log(index)

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

// ---- decrypted
import { secret } from '../../secret.ts'
const decrypt = (text: string) => text
console.log(decrypt(secret.expose())) // expect: exposedSecret

// ---- cut-out-of-a-line
import { secret } from '../../secret.ts'
declare const output: string
console.log(output.replaceAll(secret.expose(), '[redacted]'))
console.log(output.split(secret.expose()).join('[redacted]'))

// ---- a-key-that-a-parser-made
import { secret } from '../../secret.ts'
import { createSecretKey } from 'node:crypto'
const key = createSecretKey(secret.expose(), 'hex')
console.log(key.type, key.symmetricKeySize)

// ---- in-colour
import { secret } from '../../secret.ts'
import chalk from 'chalk'
console.log(chalk.bold.red(`key ${secret.expose()}`), chalk.dim`done`) // expect: exposedSecret

// ---- a-type-that-says-redacted
import { secret } from '../../secret.ts'
type Redacted = string & { readonly redacted: true }
const shorten = (text: string): Redacted => `${text.slice(0, 2)}…` as Redacted
console.log(shorten(secret.expose()))

// ---- json-of-another-package
import { secret } from '../../secret.ts'
import stringify from 'safe-stable-stringify'
console.log(stringify({ key: secret.expose() })) // expect: exposedSecret

// ---- the-names-of-a-map-that-is-filled-later
import { secret } from '../../secret.ts'
const keys = new Map<string, string>()
keys.set('signing', secret.expose())
keys.forEach((key, name) => console.log(name))
for (const [name] of keys) console.log(name)

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

// ---- the-entries-of-an-object
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
for (const [name, value] of Object.entries(settings)) console.log(`${name}=${value}`) // expect: exposedSecret

// ---- the-names-of-a-map
import { secret } from '../../secret.ts'
const keys = new Map([['signing', secret.expose()]])
for (const [name] of keys) console.log(name)
console.log([...keys.keys()])

// ---- a-parsed-certificate
import { secret } from '../../secret.ts'
import { X509Certificate } from 'node:crypto'
const { subject, validTo, fingerprint256 } = new X509Certificate(secret.expose())
console.log(subject, validTo, fingerprint256)

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

// ---- the-values-of-a-map
import { secret } from '../../secret.ts'
const keys = new Map([['signing', secret.expose()]])
for (const [name, key] of keys) console.log(`${name}: ${key}`) // expect: exposedSecret

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

// ---- a-value-with-a-mask-in-it
import { secret } from './secret.ts'
console.log(secret.expose().replace(/\d+$/, '***')) // expect: exposedSecret
