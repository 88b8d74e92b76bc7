// ---- a-field-of-a-class
import { secret } from '../../secret.ts'
class Client {
  #key = secret.expose()
  print() {
    console.log(this.#key) // expect: exposedSecret
  }
}

// ---- given-to-a-client-whose-instance-is-logged
import { secret } from '../../secret.ts'
declare class Client {
  constructor(key: string)
}
console.log(new Client(secret.expose()))

// ---- a-field-that-the-constructor-sets
import { secret } from '../../secret.ts'
class Client {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
  print() {
    console.log(this.key) // expect: exposedSecret
  }
}
new Client(secret.expose()).print()

// ---- an-instance-whose-key-is-private
import { secret } from '../../secret.ts'
class Client {
  readonly #key: string
  readonly name = 'client'
  constructor(key: string) {
    this.#key = key
  }
  use() {
    return this.#key.length
  }
}
console.log(new Client(secret.expose()))

// ---- a-getter
import { secret } from '../../secret.ts'
class Client {
  get key() {
    return secret.expose()
  }
  print() {
    console.log(this.key) // expect: exposedSecret
  }
}

// ---- filtered-to-a-count
import { secret } from '../../secret.ts'
console.log([secret.expose()].filter((key) => key !== '').length)

// ---- a-member-of-what-was-exposed
import { login } from '../../secret.ts'
console.log(login.expose().password) // expect: exposedSecret

// ---- a-length
import { secret } from '../../secret.ts'
console.log(secret.expose().length)

// ---- a-method
import { secret } from '../../secret.ts'
class Client {
  key() {
    return secret.expose()
  }
}
const client = new Client()
console.log(client.key()) // expect: exposedSecret

// ---- a-length-through-a-variable
import { secret } from '../../secret.ts'
const key = secret.expose()
const { length } = key
console.log(length, key.length, `${key.length} characters`)

// ---- a-replacement-that-leaves-most-of-it
import { secret } from '../../secret.ts'
console.log(secret.expose().replace(/-/g, '*')) // expect: exposedSecret

// ---- every-character-replaced
import { secret } from '../../secret.ts'
console.log(secret.expose().replace(/./g, '*'))

// ---- a-secret-in-a-template
import { secret } from '../../secret.ts'
console.log(`key ${secret}`) // expect typed: secretObject

// ---- the-label
import { secret } from '../../secret.ts'
console.log(secret.label)

// ---- a-secret-made-here-again
import { Secret } from '../../secret.ts'
console.log(Secret.of('x', 'X')) // expect: secretObject

// ---- a-test
import { secret } from '../../secret.ts'
console.log(secret.expose() === 'x', secret.expose().startsWith('dev-'), !secret.expose())

// ---- a-secret-made-here
import { Secret } from '../../secret.ts'
const made = Secret.of('x', 'X')
console.log(made.expose()) // expect: exposedSecret

// ---- the-other-element
import { secret } from '../../secret.ts'
const [first] = ['x', secret.expose()]
console.log(first)

// ---- a-secret-under-another-name
import { secret } from '../../secret.ts'
import { Secret as Hidden } from '../../secret.ts'
function print(key: Hidden) {
  console.log({ key }) // expect: secretObject
}

// ---- the-version
import { type SecretVersion } from '../../secret.ts'
function print(version: SecretVersion) {
  console.log(version.version)
}

// ---- a-secret
import { secret } from '../../secret.ts'
console.log(secret) // expect typed: secretObject

// ---- a-secret-made-into-text-on-purpose
import { secret } from '../../secret.ts'
console.log(secret.toString(), String(secret))

// ---- added-to-a-text
import { secret } from '../../secret.ts'
let line = 'key: '
line += secret.expose()
console.log(line) // expect: exposedSecret

// ---- overwritten
import { secret } from '../../secret.ts'
let key = secret.expose()
key = 'x'
console.log(key)

// ---- after-a-promise
import { secret } from '../../secret.ts'
Promise.resolve(secret.expose()).then((key) => console.log(key)) // expect: exposedSecret

// ---- the-keys
import { secret } from '../../secret.ts'
console.log(Object.keys({ key: secret.expose() }))

// ---- an-annotated-secret
import { type Secret } from '../../secret.ts'
function print(key: Secret) {
  console.log('key', key) // expect: secretObject
}

// ---- an-object-whose-type-hides-the-secret-behind-a-method
import { type Secret } from '../../secret.ts'
interface Holder {
  read(): Secret
  readonly name: string
}
function print(holder: Holder) {
  console.log(holder)
}

// ---- an-array-of-them
import { type Secret } from '../../secret.ts'
function print(keys: readonly Secret[]) {
  console.log(keys) // expect typed: secretObject
}

// ---- a-type
import { secret } from '../../secret.ts'
console.log(typeof secret.expose())

// ---- an-instance-with-a-public-field
import { secret } from '../../secret.ts'
class Client {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}
console.log(new Client(secret.expose())) // expect: exposedSecret

// ---- put-into-an-object-only-afterwards
import { secret } from '../../secret.ts'
const request: { key?: string } = {}
console.log(request)
request.key = secret.expose()

// ---- as-a-key-of-an-object
import { secret } from '../../secret.ts'
console.log({ [secret.expose()]: true }) // expect: exposedSecret

// ---- a-logarithm
import { secret } from '../../secret.ts'
console.log(Math.log(secret.expose().length))

// ---- assigned-in-a-loop-after-the-call
import { secret } from '../../secret.ts'
let seen = ''
for (const _ of [1, 2]) {
  console.log(seen) // expect: exposedSecret
  seen = secret.expose()
}

// ---- a-count
import { secret } from '../../secret.ts'
let count = 0
for (const key of [secret.expose()]) count += key.length
console.log(count)

// ---- assigned-later
import { secret } from '../../secret.ts'
let value = ''
value = secret.expose()
console.log(value) // expect: exposedSecret

// ---- a-text
import { secret } from '../../secret.ts'
console.log('secret.expose() gives the value')

// ---- assigned-to-a-property
import { secret } from '../../secret.ts'
const request: { key?: string } = {}
request.key = secret.expose()
console.log(request) // expect: exposedSecret

// ---- deleted
import { secret } from '../../secret.ts'
const request: { key?: string } = { key: secret.expose() }
delete request.key
console.log(request)

// ---- at-another-level
import { secret } from '../../secret.ts'
console.error('failed', secret.expose()) // expect: exposedSecret

// ---- a-caught-error
import { secret } from '../../secret.ts'
try {
  secret.expose()
} catch (error) {
  console.error(error)
}

// ---- behind-a-default
import { secret } from '../../secret.ts'
const fallback: string | undefined = undefined
console.log(fallback ?? secret.expose()) // expect: exposedSecret

// ---- the-same-function-called-twice-of-which-one-result-is-logged
import { secret } from '../../secret.ts'
const same = (text: string) => text
same(secret.expose())
console.log(same('ready'))

// ---- casts
import { secret } from '../../secret.ts'
console.log(secret.expose() as unknown as object) // expect: exposedSecret

// ---- stars
import { secret } from '../../secret.ts'
console.log('*'.repeat(secret.expose().length))

// ---- console-log-as-a-callback
import { secret } from '../../secret.ts'
;[secret.expose()].forEach(console.log) // expect: exposedSecret

// ---- a-callback-that-prints-something-else
import { secret } from '../../secret.ts'
;[secret.expose()].forEach((_, index) => console.log(index))

// ---- deep-in-an-object
import { secret } from '../../secret.ts'
const settings = { auth: { key: [secret.expose()] } }
console.log(settings) // expect: exposedSecret

// ---- the-other-property
import { secret } from '../../secret.ts'
const settings = { key: secret.expose(), id: 1 }
console.log(settings.id)

// ---- destructured-from-an-array
import { secret } from '../../secret.ts'
const [, second] = ['x', secret.expose()]
console.log(second) // expect: exposedSecret

// ---- the-same-property-of-another-object
import { secret } from '../../secret.ts'
const a = { key: secret.expose() }
const b = { key: 'x' }
console.log(b.key)

// ---- destructured-from-what-was-exposed
import { login } from '../../secret.ts'
const { user, password } = login.expose()
console.log(user, password) // expect: exposedSecret

// ---- public-parts-of-what-was-exposed
import { login } from '../../secret.ts'
const { user, port } = login.expose()
console.log(user, port, login.expose().user)

// ---- destructured-under-another-name-with-a-default
import { secret } from '../../secret.ts'
const { key: k = '' } = { id: 1, key: secret.expose() }
console.log(k) // expect: exposedSecret

// ---- the-other-property-destructured
import { secret } from '../../secret.ts'
const { id } = { key: secret.expose(), id: 1 }
console.log(id)

// ---- destructured
import { secret } from '../../secret.ts'
const { key } = { id: 1, key: secret.expose() }
console.log(key) // expect: exposedSecret

// ---- the-rest-without-the-key
import { secret } from '../../secret.ts'
const { key, ...rest } = { key: secret.expose(), id: 1 }
console.log(rest)

// ---- directly
import { secret } from '../../secret.ts'
console.log(secret.expose()) // expect: exposedSecret

// ---- the-condition-not-the-branches
import { secret } from '../../secret.ts'
console.log(secret.expose() ? 'present' : 'missing')

// ---- elements-of-an-array
import { secret } from '../../secret.ts'
for (const key of [secret.expose()]) console.log(key) // expect: exposedSecret

// ---- a-local-function-that-tests
import { secret } from '../../secret.ts'
const isLong = (key: string) => key.length > 32
console.log(isLong(secret.expose()))

// ---- in-a-callback
import { secret } from '../../secret.ts'
;[secret.expose()].forEach((key) => console.log(key)) // expect: exposedSecret

// ---- overwritten-before
import { secret } from '../../secret.ts'
let key = 'x'
console.log(key)
key = secret.expose()
console.log('done')

// ---- in-a-concatenation
import { secret } from '../../secret.ts'
console.log('the key is ' + secret.expose() + '.') // expect: exposedSecret

// ---- the-condition-of-console-assert
import { secret } from '../../secret.ts'
console.assert(secret.expose() !== '', 'no key')

// ---- in-a-template
import { secret } from '../../secret.ts'
console.log(`the key is ${secret.expose()}`) // expect: exposedSecret

// ---- whether-it-is-in-a-list
import { secret } from '../../secret.ts'
console.log(['x'].includes(secret.expose()), ['x'].indexOf(secret.expose()))

// ---- in-a-url
import { secret } from '../../secret.ts'
console.log(new URL(`https://x:${secret.expose()}@example.com`).href) // expect: exposedSecret

// ---- a-request-with-the-key-in-a-header
import { secret } from '../../secret.ts'
await fetch('https://example.com', { headers: { authorization: `Bearer ${secret.expose()}` } })
console.log('sent')

// ---- in-an-error-of-our-own
import { secret } from '../../secret.ts'
class KeyError extends Error {}
console.error(new KeyError('bad key ' + secret.expose())) // expect: exposedSecret

// ---- in-an-error-that-is-thrown-and-caught
import { secret } from '../../secret.ts'
try {
  throw new Error(secret.expose())
} catch (error) {
  console.error(error) // expect: exposedSecret
}

// ---- in-an-error
import { secret } from '../../secret.ts'
console.error(new Error(`bad key ${secret.expose()}`)) // expect: exposedSecret

// ---- the-size-of-a-map
import { secret } from '../../secret.ts'
const keys = new Map([['key', secret.expose()]])
console.log(keys.size, keys.has('x'))

// ---- in-an-object-rest
import { secret } from '../../secret.ts'
const { id, ...rest } = { id: 1, key: secret.expose() }
console.log(rest) // expect: exposedSecret

// ---- the-time-it-took
import { secret } from '../../secret.ts'
const start = Date.now()
secret.expose()
console.log({ ms: Date.now() - start })

// ---- in-an-object
import { secret } from '../../secret.ts'
console.log({ key: secret.expose() }) // expect: exposedSecret

// ---- the-label-in-a-template
import { secret } from '../../secret.ts'
console.log(`using ${secret.label}`)

// ---- in-base64
import { secret } from '../../secret.ts'
console.log(Buffer.from(secret.expose()).toString('base64')) // expect: exposedSecret

// ---- a-fingerprint
import { secret } from '../../secret.ts'
import * as crypto from 'node:crypto'
const fingerprint = crypto.hash('sha256', secret.expose())
console.log({ fingerprint })

// ---- in-spread-arguments
import { secret } from '../../secret.ts'
const parts = ['key', secret.expose()]
console.log(...parts) // expect: exposedSecret

// ---- a-number-from-a-local-function
import { secret } from '../../secret.ts'
declare function parse(key: string): number
const wrap = (key: string) => ({ expires: parse(key), key })
console.log(wrap(secret.expose()).expires)

// ---- in-the-cause-of-an-error
import { secret } from '../../secret.ts'
console.error(new Error('bad key', { cause: secret.expose() })) // expect: exposedSecret

// ---- into-a-function-that-prints-a-part-of-its-argument
import { secret } from '../../secret.ts'
function print({ key }: { key: string }) {
  console.log(key) // expect: exposedSecret
}
print({ key: secret.expose() })

// ---- a-local-function-that-drops-its-argument
import { secret } from '../../secret.ts'
function use(key: string) {
  void key
  return 'done'
}
console.log(use(secret.expose()))

// ---- into-a-function-that-prints-all-its-arguments
import { secret } from '../../secret.ts'
function print(...texts: string[]) {
  console.log(...texts) // expect: exposedSecret
}
print('key', secret.expose())

// ---- a-promise-of-nothing
import { secret } from '../../secret.ts'
declare function send(key: string): Promise<void>
send(secret.expose()).then(() => console.log('sent'))

// ---- into-a-function-that-prints
import { secret } from '../../secret.ts'
function print(text: string) {
  console.log(text) // expect: exposedSecret
}
print(secret.expose())

// ---- not-the-console
import { secret } from '../../secret.ts'
function run(console: { log(text: string): number }) {
  return console
}
run({ log: () => secret.expose().length })

// ---- joined
import { secret } from '../../secret.ts'
console.log(['Bearer', secret.expose()].join(' ')) // expect: exposedSecret

// ---- a-hash
import { secret } from '../../secret.ts'
import { createHash } from 'node:crypto'
console.log(createHash('sha256').update(secret.expose()).digest('hex'))

// ---- json-there-and-back
import { secret } from '../../secret.ts'
console.log(JSON.parse(JSON.stringify({ key: secret.expose() }))) // expect: exposedSecret

// ---- used-then-something-else-logged
import { secret } from '../../secret.ts'
declare function connect(key: string): { status: number }
const response = connect(secret.expose())
console.log(response.status, response)

// ---- json
import { secret } from '../../secret.ts'
console.log(JSON.stringify({ key: secret.expose() })) // expect: exposedSecret

// ---- mapped-and-so-still-a-secret
import { Secret } from '../../secret.ts'
console.log(Secret.of('x', 'X').map((value) => value + '!')) // expect: secretObject

// ---- a-mapped-secret
import { secret } from '../../secret.ts'
const size = secret.map((value) => value.length)
console.log(size.label)

// ---- mapped-into-console-log-where-the-file-makes-the-secret
import { Secret } from '../../secret.ts'
Secret.of('x', 'X').map(console.log) // expect: exposedSecret

// ---- a-set-of-labels
import { login, secret } from '../../secret.ts'
const labels = [secret, login].map((each) => each.label)
console.log(labels)

// ---- mapped-into-console-log
import { secret } from '../../secret.ts'
secret.map(console.log) // expect typed: exposedSecret

// ---- mapped-out-of-its-secret
import { secret } from '../../secret.ts'
secret.map((value) => console.log(value)) // expect typed: exposedSecret

// ---- the-same-name-in-another-function
import { secret } from '../../secret.ts'
function one() {
  const value = secret.expose()
  return value.length
}
function two() {
  const value = 'x'
  console.log(value)
}

// ---- mapped
import { secret } from '../../secret.ts'
console.log([secret.expose()].map((key) => ({ key }))) // expect: exposedSecret

// ---- a-local-function-that-redacts
import { secret } from '../../secret.ts'
function redact(text: string) {
  return `${text.slice(0, 2)}…`
}
console.log(redact(secret.expose()))

// ---- one-branch-of-a-condition
import { secret } from '../../secret.ts'
console.log(Math.random() > 0.5 ? secret.expose() : 'none') // expect: exposedSecret

// ---- optional-chaining
import type { Secret } from '../../secret.ts'
function handle(secret: Secret | undefined) {
  console.log(secret?.expose()) // expect: exposedSecret
}

// ---- part-of-it
import { secret } from '../../secret.ts'
console.log(secret.expose().slice(0, 4) + '…') // expect: exposedSecret

// ---- percent-encoded
import { secret } from '../../secret.ts'
console.log(encodeURIComponent(secret.expose())) // expect: exposedSecret

// ---- written-to-something-else
import { secret } from '../../secret.ts'
import { writeFile } from 'node:fs/promises'
await writeFile('/dev/null', secret.expose())
console.log('written')

// ---- pushed-into-an-array
import { secret } from '../../secret.ts'
const parts: string[] = []
parts.push(secret.expose())
console.log(parts) // expect: exposedSecret

// ---- not-a-logger
import { secret } from '../../secret.ts'
declare const blog: { info(text: string): void }
blog.info(secret.expose())

// ---- read-from-an-object
import { secret } from '../../secret.ts'
const settings = { auth: { key: secret.expose(), id: 1 } }
console.log(settings.auth.key) // expect: exposedSecret

// ---- set-in-a-map
import { secret } from '../../secret.ts'
const byName = new Map<string, string>()
byName.set('key', secret.expose())
console.log(byName) // expect: exposedSecret

// ---- something-that-holds-a-secret
import { type SecretVersion } from '../../secret.ts'
function print(version: SecretVersion) {
  console.log(version) // expect typed: secretObject
}

// ---- spread-into-an-object
import { secret } from '../../secret.ts'
const auth = { key: secret.expose() }
console.log({ ...auth, id: 1 }) // expect: exposedSecret

// ---- string
import { secret } from '../../secret.ts'
console.log(String(secret.expose())) // expect: exposedSecret

// ---- the-result-of-a-function
import { secret } from '../../secret.ts'
function read() {
  return secret.expose()
}
console.log(read()) // expect: exposedSecret

// ---- the-result-of-an-arrow-function
import { secret } from '../../secret.ts'
const read = () => ({ key: secret.expose() })
console.log(read().key) // expect: exposedSecret

// ---- a-keyed-hash-through-variables
import { secret } from '../../secret.ts'
import { createHmac } from 'node:crypto'
const mac = createHmac('sha256', secret.expose())
mac.update('x')
const tag = mac.digest('base64url')
console.log(tag)

// ---- the-result-of-an-async-function
import { secret } from '../../secret.ts'
async function read() {
  return secret.expose()
}
console.log(await read()) // expect: exposedSecret

// ---- through-a-function-of-another-file
// missed
import { secret } from '../../secret.ts'
import { same } from './other.ts'
console.log(same(secret.expose()))

// ---- through-a-function-that-gives-back-its-argument
import { secret } from '../../secret.ts'
const same = (text: string) => `<${text}>`
console.log(same(secret.expose())) // expect: exposedSecret

// ---- through-a-variable
import { secret } from '../../secret.ts'
const key = secret.expose()
console.log(key) // expect: exposedSecret

// ---- through-an-event
import { secret } from '../../secret.ts'
import { EventEmitter } from 'node:events'
const events = new EventEmitter()
events.on('key', (key) => console.log(key)) // expect: exposedSecret
events.emit('key', secret.expose())

// ---- through-the-properties-of-a-function-result-that-is-changed-later
// missed
import { secret } from '../../secret.ts'
const holder = (() => ({ key: '' }))()
const same = holder
same.key = secret.expose()
console.log(holder.key)

// ---- through-two-variables
import { secret } from '../../secret.ts'
const a = secret.expose()
const b = a
console.info(b) // expect: exposedSecret

// ---- util-format-of-a-namespace-import
import { secret } from '../../secret.ts'
import * as util from 'node:util'
process.stdout.write(util.format('%s', secret.expose())) // expect: exposedSecret

// ---- util-inspect-under-another-name
import { secret } from '../../secret.ts'
import { inspect as show } from 'node:util'
console.log(show({ key: secret.expose() })) // expect: exposedSecret

// ---- with-string-raw
import { secret } from '../../secret.ts'
console.log(String.raw`the key is ${secret.expose()}`) // expect: exposedSecret

// ---- a-parameter-of-a-function-that-is-called-with-something-else
function print(text: string) {
  console.log(text)
}
print('ready')

// ---- a-password-that-is-a-secret-by-name-only
const password = 'x'
console.log(password)

// ---- an-environment-variable-that-is-not-secret
console.log(process.env['NODE_ENV'])

// ---- encrypted-by-a-local-function-with-a-name-that-does-not-say-so
import { secret } from '../../secret.ts'
import { createCipheriv } from 'node:crypto'
const protect = (text: string) => {
  const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12))
  return Buffer.concat([cipher.update(text), cipher.final()]).toString('hex')
}
console.log(protect(secret.expose()))

// ---- expose-of-something-else
declare const camera: { expose(): { aperture: number; name: string } }
console.log(camera.expose()) // wrong untyped: exposedSecret
