// ---- a-class-that-keeps-the-version
import type { SecretVersion } from '../../secret.ts'
class StaleError extends Error {
  constructor(readonly held: SecretVersion) {
    super('stale')
  }
}
export const refuse = (held: SecretVersion) => {
  throw new StaleError(held) // expect typed: secretObject
}

// ---- a-class-that-takes-the-version-only
import type { SecretVersion } from '../../secret.ts'
class StaleError extends Error {
  readonly version: string
  constructor({ version }: SecretVersion) {
    super(`version ${version} is stale`)
    this.version = version
  }
}
export const refuse = (held: SecretVersion) => {
  throw new StaleError(held)
}

// ---- a-context-that-is-merged
import { secret } from '../../secret.ts'
import { ServiceError } from './service-error.ts'
const context = { service: 'signing', url: 'https://signing', apiKey: secret.expose() }
export const unreachable = (cause: unknown) =>
  new ServiceError('unreachable', { ...context, cause }) // expect: exposedSecret

// ---- a-factory-of-errors
import { secret } from '../../secret.ts'
function problem(code: string, details: Record<string, unknown> = {}) {
  return Object.assign(new Error(code), { details }) // expect: exposedSecret
}
export function check(status: number) {
  if (status === 403) throw problem('forbidden', { key: secret.expose() }) // expect: exposedSecret
}

// ---- a-factory-of-errors-clean
import { secret } from '../../secret.ts'
function problem(code: string, details: Record<string, unknown> = {}) {
  return Object.assign(new Error(code), { details })
}
export function check(status: number) {
  if (status === 403) throw problem('forbidden', { key: secret.label, status })
}

// ---- a-grpc-status
import { secret } from '../../secret.ts'
import { status } from '@grpc/grpc-js'
class RpcError extends Error {
  constructor(
    readonly code: number,
    readonly metadata: object,
  ) {
    super('rpc failed')
  }
}
throw new RpcError(status.UNAUTHENTICATED, { authorization: `Bearer ${secret.expose()}` }) // expect: exposedSecret

// ---- a-message-of-lines
import { secret } from '../../secret.ts'
export function usage(problem: string): never {
  const lines = [problem, '', 'environment:', `  SIGNING_KEY=${secret.expose()}`]
  throw new Error(lines.join('\n')) // expect: exposedSecret
}

// ---- a-result-type
import { secret } from '../../secret.ts'
import { ValidationError } from './validation-error.ts'
export async function parse(text: string) {
  const parsed = JSON.parse(text)
  if (parsed.key !== secret.expose()) {
    return {
      ok: false,
      error: new ValidationError(`got ${parsed.key}, expected ${secret.expose()}`), // expect: exposedSecret
    }
  }
  return { ok: true, parsed }
}

// ---- an-error-of-the-far-side
import { secret } from '../../secret.ts'
import { ServiceError } from './service-error.ts'
export async function load(url: string) {
  const response = await fetch(url, { headers: { 'x-key': secret.expose() } })
  if (!response.ok)
    throw new ServiceError(`status ${response.status}`, { url, status: response.status })
  return response.json()
}

// ---- a-timeout.js
import { secret } from '../../secret.ts'
export function withTimeout(work, ms) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer to ${JSON.stringify({ token: secret.expose() })} in ${ms} ms`)) // expect: exposedSecret
    }, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

// ---- a-timeout-clean.js
import { secret } from '../../secret.ts'
export function load(client, ms) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms)
    client.get('/', { headers: { 'x-key': secret.expose() } }).then(resolve, reject)
    timer.unref()
  })
}

// ---- an-assertion-of-a-version
import type { SecretVersion } from '../../secret.ts'
import assert from 'node:assert'
export function same(left: SecretVersion, right: SecretVersion) {
  assert.strictEqual(left.value.expose(), right.value.expose(), 'the versions differ') // expect: exposedSecret
}

// ---- an-error-of-an-imported-function
import { secret } from '../../secret.ts'
import { createAppError } from './errors.ts'
export const refuse = () => {
  throw createAppError('refused', { key: secret.expose() }) // expect: exposedSecret
}

// ---- a-handler-of-errors
import { secret } from '../../secret.ts'
import { reportErrorsTo } from './errors.ts'
reportErrorsTo({ dsn: secret.expose() })

// ---- a-factory-that-takes-the-name-only
import type { SecretVersion } from '../../secret.ts'
import { SecretError } from './secret-error.ts'
function absence({ version }: SecretVersion): SecretError {
  return new SecretError('missing', `version ${version} has no value yet`)
}
export const refuse = (held: SecretVersion) => Promise.reject(absence(held))

// ---- a-validation-of-a-form
import { login } from '../../secret.ts'
const errors: Record<string, string> = {}
const { password } = login.expose()
if (password.length < 8) errors['password'] = 'too short'
if (Object.keys(errors).length > 0) throw new TypeError(JSON.stringify(errors))

// ---- an-error-that-is-looked-up
import { secret } from '../../secret.ts'
const errors = new Map<string, string>([['short', 'too short']])
errors.set('last', secret.label)
export const explain = (code: string) => new Error(errors.get(code) ?? `unknown ${code}`)
export const key = secret.expose()
