// ---- a-deferred-promise
import { secret } from '../../secret.ts'
const { promise, reject } = Promise.withResolvers<string>()
reject(`refused ${secret.expose()}`) // expect: exposedSecret
export { promise }

// ---- a-filter-that-rejects
import { secret } from '../../secret.ts'
declare const blocklist: { reject(key: string): void }
blocklist.reject(secret.expose())

// ---- a-rejection
import { secret } from '../../secret.ts'
export const load = () =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(`no answer for ${secret.expose()}`), 100) // expect: exposedSecret
  })

// ---- a-result
import { secret } from '../../secret.ts'
export const load = () =>
  new Promise((resolve, reject) => {
    if (secret.expose() === '') reject(new Error('empty'))
    else resolve(secret.expose())
  })

// ---- a-text.js
import { secret } from '../../secret.ts'
export function refuse() {
  throw 'wrong key ' + secret.expose() // expect: exposedSecret
}

// ---- a-code
import { secret } from '../../secret.ts'
export function refuse(given: string) {
  if (given !== secret.expose()) throw { status: 401, secret: secret.label }
}

// ---- a-warning
import { secret } from '../../secret.ts'
process.emitWarning(`the key ${secret.expose()} is old`, { code: 'OLD_KEY' }) // expect: exposedSecret

// ---- an-abort
import { secret } from '../../secret.ts'
const stop = new AbortController()
stop.abort(`rotating ${secret.expose()}`) // expect: exposedSecret

// ---- an-abort-clean
import { secret } from '../../secret.ts'
const stop = new AbortController()
stop.abort(`rotating ${secret.label}`)

// ---- an-object-that-becomes-an-error
import { secret } from '../../secret.ts'
const problem = { message: 'refused', key: secret.expose() }
Error.captureStackTrace(problem)
throw problem // expect: exposedSecret

// ---- an-object
import { secret } from '../../secret.ts'
export function refuse() {
  throw { status: 401, key: secret.expose() } // expect: exposedSecret
}

// ---- promise-reject
import { secret } from '../../secret.ts'
export const load = () => Promise.reject({ code: 'refused', token: secret.expose() }) // expect: exposedSecret

// ---- the-callback-of-an-express-handler
import { secret } from '../../secret.ts'
import type { NextFunction, Request, Response } from 'express'
export function guard(request: Request, response: Response, next: NextFunction) {
  next({ status: 403, expected: secret.expose() }) // expect: exposedSecret
}

// ---- the-error-event-of-a-stream
import { secret } from '../../secret.ts'
import { Readable } from 'node:stream'
export const stop = (source: Readable) => source.destroy(new Error(`bad key ${secret.expose()}`)) // expect: exposedSecret

// ---- a-secret-that-is-stored
import { secret } from '../../secret.ts'
declare const store: Map<string, { error?: string; key: string }>
store.set('signing', { error: 'none', key: secret.expose() })

// ---- an-answer-that-is-an-error
import type { SecretVersion } from '../../secret.ts'
class SecretError extends Error {}
declare const answers: Map<string, SecretVersion | SecretError>
export function read(name: string) {
  const answer = answers.get(name)
  if (answer instanceof SecretError) throw answer
  return answer
}

// ---- next-of-a-list
import { secret } from '../../secret.ts'
declare const generator: Generator<number, void, string>
generator.next(secret.expose())

// ---- rethrown
import { secret } from '../../secret.ts'
declare function connect(key: string): Promise<void>
export async function open() {
  try {
    await connect(secret.expose())
  } catch (error) {
    throw error
  }
}
