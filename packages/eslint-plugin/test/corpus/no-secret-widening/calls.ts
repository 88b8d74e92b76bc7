// ---- a-box-for-anything
import { secret } from '../../secret.ts'
class Box<T> {
  constructor(readonly content: T) {}
}
export const box = new Box<any>(secret) // expect typed: hidden

// ---- a-construction
import { secret } from '../../secret.ts'
class Job {
  constructor(
    readonly name: string,
    readonly data: any,
  ) {}
}
export const job = new Job('rotate', secret) // expect typed: hidden

// ---- a-message-to-a-worker
import { Worker } from 'node:worker_threads'
import { secret } from '../../secret.ts'
const worker = new Worker('./sign.js')
worker.postMessage(secret) // expect typed: hidden

// ---- a-parameter-of-a-local-function
import { secret } from '../../secret.ts'
function describe(value: unknown): string {
  return `${value}`
}
export const text = describe(secret) // expect typed: hidden

// ---- an-overload-for-secrets
import { type Secret, secret } from '../../secret.ts'
declare function describe(value: Secret): string
declare function describe(value: unknown): string
export const text = describe(secret)

// ---- a-parameter-of-a-method
import { secret } from '../../secret.ts'
interface Cache {
  put(key: string, value: any): void
}
export function warm(cache: Cache) {
  cache.put('oidc', secret) // expect typed: hidden
}

// ---- a-promise-of-anything
import { secret } from '../../secret.ts'
export const later = Promise.resolve<unknown>(secret) // expect typed: hidden

// ---- a-clone
import { secret } from '../../secret.ts'
export const copy = structuredClone(secret)

// ---- a-rest-parameter-of-anything
import { secret } from '../../secret.ts'
function join(...given: any[]): string {
  return given.join(', ')
}
export const text = join('key', secret) // expect typed: hidden

// ---- in-javascript-where-nothing-is-annotated.js
import { secret } from '../../secret.ts'
function hold(value) {
  return { value }
}
export const held = hold(secret)

// ---- a-setter
import { secret } from '../../secret.ts'
class Session {
  #token: unknown
  set token(next: unknown) {
    this.#token = next
  }
  get isOpen() {
    return this.#token !== undefined
  }
}
const session = new Session()
session.token = secret // expect typed: hidden

// ---- a-type-argument-of-unknown
import { secret } from '../../secret.ts'
declare function hold<T>(value: T): { get(): T }
export const held = hold<unknown>(secret) // expect typed: hidden

// ---- a-generic-function-with-a-default
import { secret } from '../../secret.ts'
declare function once<T = unknown>(value: T): { readonly value: T }
export const held = once(secret)

// ---- an-event-of-its-own
import { EventEmitter } from 'node:events'
import type { Secret } from '../../secret.ts'
export class Rotation extends EventEmitter {
  finish(next: Secret) {
    this.emit('finished', { at: new Date(), next }) // expect typed: hidden
  }
}

// ---- a-listener-of-anything-that-gets-no-secret
import { EventEmitter } from 'node:events'
import { secret } from '../../secret.ts'
const events = new EventEmitter()
events.emit('rotated', secret.label, Date.now())

// ---- an-event
import { EventEmitter } from 'node:events'
import { secret } from '../../secret.ts'
const events = new EventEmitter()
events.on('rotated', (next) => next.expose())
events.emit('rotated', secret) // expect typed: hidden

// ---- an-optional-call
import { secret } from '../../secret.ts'
export function finish(done?: (result: unknown) => void) {
  done?.(secret) // expect typed: hidden
}

// ---- a-callback-whose-result-is-not-used
import { secret } from '../../secret.ts'
declare function afterwards(run: () => unknown): void
afterwards(() => secret)

// ---- the-parameters-of-a-query
import type { Secret } from '../../secret.ts'
interface Pool {
  query(text: string, values?: any[]): Promise<unknown>
}
export async function save(pool: Pool, id: string, apiKey: Secret) {
  await pool.query('insert into keys (id, key) values ($1, $2)', [id, apiKey]) // expect typed: hidden
}

// ---- values-of-a-tagged-template
import { secret } from '../../secret.ts'
declare function sql(parts: TemplateStringsArray, ...values: unknown[]): Promise<void>
await sql`update client set secret = ${secret} where id = ${1}` // expect typed: hidden

// ---- values-spread-into-a-query
// missed
import type { Secret } from '../../secret.ts'
interface Client {
  run(statement: string, ...values: unknown[]): void
}
export const insert = (client: Client, id: string, key: Secret) => {
  client.run('insert into keys values (?, ?)', ...[id, key])
}

// ---- a-caught-error-beside-a-secret
import { secret } from '../../secret.ts'
declare function use(text: string): void
declare function report(cause: unknown, label: string): void
try {
  use(secret.expose())
} catch (error: unknown) {
  report(error, secret.label)
}

// ---- a-deep-comparison
import { secret } from '../../secret.ts'
declare function isEqual(left: any, right: any): boolean
declare const other: object
export const isSame = isEqual({ secret }, other)

// ---- a-function-without-types
import { secret } from '../../secret.ts'
declare const legacy: any
legacy.connect(secret)

// ---- a-generic-function-with-a-bound
import { secret } from '../../secret.ts'
function frozen<T extends object>(value: T, name: unknown = 'x'): readonly [T, unknown] {
  return [Object.freeze(value), name]
}
export const held = frozen(secret)

// ---- a-generic-function
import { secret } from '../../secret.ts'
function hold<T>(value: T): () => T {
  return () => value
}
export const held = hold(secret)

// ---- a-logger-which-other-rules-report
import { secret } from '../../secret.ts'
interface Logger {
  info(fields: Record<string, unknown>, message?: string): void
  warn(...given: unknown[]): void
  error(...given: unknown[]): void
  debug(...given: unknown[]): void
}
export function start(logger: Logger) {
  logger.info({ secret }, 'starting')
  logger.warn(secret)
}

// ---- a-parameter-that-wants-only-a-label
import { secret } from '../../secret.ts'
declare function tell(thing: { readonly label: string }): void
tell(secret)

// ---- a-promise-of-several
import { login, secret } from '../../secret.ts'
export const both = await Promise.all([secret, login, 'x' as unknown])

// ---- a-report-which-other-rules-report
import * as Sentry from '@sentry/node'
import { secret } from '../../secret.ts'
Sentry.setContext('login', { secret })

// ---- a-rest-parameter-of-secrets
import { type Secret, secret } from '../../secret.ts'
declare function disposeAll(...secrets: Secret<unknown>[]): void
disposeAll(secret, secret)

// ---- a-schema
import { z } from 'zod'
import { Secret, secret } from '../../secret.ts'
const schema = z.object({ password: z.custom<Secret>((given) => given instanceof Secret) })
export const checked = schema.parse({ password: secret })

// ---- a-stack-of-what-is-to-be-closed
import type { Secret } from '../../secret.ts'
interface Stack {
  use<T extends object | null | undefined>(value: T): T
}
export const held = (stack: Stack, secret: Secret) => stack.use(secret)

// ---- a-tagged-template-of-secrets
import { type Secret, secret } from '../../secret.ts'
declare function compose(parts: TemplateStringsArray, ...secrets: Secret[]): Secret
export const dsn = compose`postgresql://frontend:${secret}@localhost/vpn`

// ---- a-type-guard
import { Secret, secret } from '../../secret.ts'
function isSecret(value: unknown): value is Secret {
  return value instanceof Secret
}
export const answer = isSecret(secret)

// ---- an-answer-which-other-rules-report
import type { Secret } from '../../secret.ts'
interface Reply {
  code(status: number): Reply
  send(body: unknown): Reply
}
export const answer = (reply: Reply, secret: Secret) => reply.code(200).send({ secret })

// ---- an-assertion-function
import { secret } from '../../secret.ts'
function assertDefined(value: unknown): asserts value {
  if (value === undefined) throw new Error('nothing there')
}
assertDefined(secret)

// ---- an-assertion-of-node
import assert from 'node:assert/strict'
import { secret } from '../../secret.ts'
assert.notEqual(secret, undefined)
assert.deepEqual({ secret }, { secret })

// ---- an-error-which-other-rules-report
import { secret } from '../../secret.ts'
export const problem = () => new Error('it was refused', { cause: secret })

// ---- expect
import { secret } from '../../secret.ts'
declare function expect(actual: unknown): { toBe(expected: unknown): void }
expect(secret).toBe(secret)

// ---- identity
import { secret } from '../../secret.ts'
declare const other: unknown
export const isSame = Object.is(secret, other) || [secret].includes(secret)

// ---- its-own-properties
import { secret } from '../../secret.ts'
export const keys = Object.keys(secret).length + Reflect.ownKeys(secret).length

// ---- made-into-text
import { inspect } from 'node:util'
import { secret } from '../../secret.ts'
export const shown = [String(secret), inspect(secret), JSON.stringify({ secret })]

// ---- the-console-which-other-rules-report
import { secret } from '../../secret.ts'
console.log('connecting with', secret)

// ---- what-kind-of-thing-it-is
import { types } from 'node:util'
import { Secret, secret } from '../../secret.ts'
export const kinds = [types.isProxy(secret), secret instanceof Secret, Array.isArray(secret)]
