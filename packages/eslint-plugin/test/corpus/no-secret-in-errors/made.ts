// ---- a-class-of-our-own
import { secret } from '../../secret.ts'
import { ConfigError } from './config-error.ts'
if (secret.expose().length < 32) throw new ConfigError('too short', { key: secret.expose() }) // expect: exposedSecret

// ---- the-length
import { secret } from '../../secret.ts'
import { ConfigError } from './config-error.ts'
const { length } = secret.expose()
if (length < 32) throw new ConfigError('too short', { length, minimum: 32 })

// ---- a-class-without-error-in-its-name
import { secret } from '../../secret.ts'
class NotFound extends Error {}
export const missing = () => new NotFound(`no entry for ${secret.expose()}`) // expect: exposedSecret

// ---- a-class-that-is-no-error
import { secret } from '../../secret.ts'
class Client {
  constructor(readonly key: string) {}
}
export const client = new Client(secret.expose())

// ---- a-dom-exception
import { secret } from '../../secret.ts'
export const aborted = new DOMException(`aborted with ${secret.expose()}`, 'AbortError') // expect: exposedSecret

// ---- an-error-handler
import { secret } from '../../secret.ts'
import { ErrorReporter } from './error-reporter.ts'
export const reporter = new ErrorReporter({ dsn: secret.expose() })

// ---- a-kind-of-http-errors
import { secret } from '../../secret.ts'
import createError from 'http-errors'
export const forbidden = () => new createError.Forbidden(`expected ${secret.expose()}`) // expect: exposedSecret

// ---- a-fingerprint
import { secret } from '../../secret.ts'
import createError from 'http-errors'
import { createHash } from 'node:crypto'
const fingerprint = createHash('sha256').update(secret.expose()).digest('hex')
export const forbidden = () => createError(403, `key ${fingerprint} is revoked`)

// ---- a-message
import { secret } from '../../secret.ts'
export function connect() {
  throw new Error(`login with ${secret.expose()} refused`) // expect: exposedSecret
}

// ---- the-label
import { secret } from '../../secret.ts'
export function connect() {
  throw new Error(`login with ${secret.label} refused`)
}

// ---- a-secret-in-a-message
import { secret } from '../../secret.ts'
throw new Error(`cannot use ${secret}`) // expect typed: secretObject

// ---- scalar-details
import { secret } from '../../secret.ts'
throw Object.assign(new Error('refused'), { name: secret.label, version: 3 })

// ---- a-validation-issue-of-zod
import { secret } from '../../secret.ts'
import { z } from 'zod'
export const schema = z.string().superRefine((value, context) => {
  if (value !== secret.expose()) {
    context.addIssue({ code: 'custom', message: `expected ${secret.expose()}` }) // expect: exposedSecret
  }
})

// ---- a-version-in-the-details
import type { SecretVersion } from '../../secret.ts'
import { RotationError } from './rotation-error.ts'
export const stuck = (version: SecretVersion) => new RotationError('stuck', { version }) // expect typed: secretObject

// ---- the-name-in-a-version
import type { SecretVersion } from '../../secret.ts'
import { RotationError } from './rotation-error.ts'
export const stuck = ({ version }: SecretVersion) => new RotationError('stuck', { version })

// ---- an-http-exception-of-nest
import { secret } from '../../secret.ts'
import { UnauthorizedException } from '@nestjs/common'
export function refuse() {
  throw new UnauthorizedException(`wrong key, expected ${secret.expose()}`) // expect: exposedSecret
}

// ---- what-the-framework-throws
import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export function guard(ctx: Context) {
  if (ctx.get('authorization') !== secret.expose()) ctx.throw(401, 'wrong key')
}

// ---- http-errors
import { secret } from '../../secret.ts'
import createError from 'http-errors'
export const forbidden = () => createError(403, `expected ${secret.expose()}`) // expect: exposedSecret

// ---- many-errors
import { secret } from '../../secret.ts'
const keys = [secret.expose()]
throw new AggregateError(
  keys.map((key) => new Error('bad')),
  `none of ${keys.join(', ')} works`, // expect: exposedSecret
)

// ---- properties-assigned-to-it
import { secret } from '../../secret.ts'
const details = { key: secret.expose() }
throw Object.assign(new Error('refused'), details) // expect: exposedSecret

// ---- super-of-a-subclass
import { secret } from '../../secret.ts'
export class KeyError extends Error {
  constructor(readonly reason: string) {
    super(`${reason}: ${secret.expose()}`) // expect: exposedSecret
  }
}

// ---- super-with-a-code
import { secret } from '../../secret.ts'
export class KeyError extends Error {
  constructor(readonly code: string) {
    super(`${code}: ${secret.label}`)
  }
}

// ---- the-cause
import { secret } from '../../secret.ts'
export const failed = new Error('login failed', { cause: { password: secret.expose() } }) // expect: exposedSecret

// ---- what-the-framework-throws-clean
import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export function guard(ctx: Context) {
  ctx.throw(401, `expected ${secret.expose()}`) // expect: exposedSecret
}

// ---- without-new.js
import { secret } from '../../secret.ts'
export const refused = () => Error('refused: ' + secret.expose()) // expect: exposedSecret

// ---- a-cause-that-is-an-error
import { secret } from '../../secret.ts'
declare function connect(key: string): void
try {
  connect(secret.expose())
} catch (cause) {
  throw new Error('no connection', { cause })
}

// ---- a-sentence-about-a-secret
export const bad = () => new Error('bad password')

// ---- a-type-that-says-redacted
import { secret } from '../../secret.ts'
type RedactedKey = string
declare function show(key: string): RedactedKey
throw new Error(`no service takes ${show(secret.expose())}`)

// ---- overwritten-before
import { secret } from '../../secret.ts'
declare function check(line: string): boolean
let line = secret.expose()
const isGood = check(line)
line = secret.label
if (!isGood) throw new Error(`${line} is bad`)

// ---- super-of-a-client
import { secret } from '../../secret.ts'
import { Client } from './client.ts'
export class SigningClient extends Client {
  constructor() {
    super(secret.expose())
  }
}
