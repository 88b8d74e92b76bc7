// ---- appended.js
import { secret } from '../../secret.ts'
export function explain(error) {
  error.message += ` with ${secret.expose()}` // expect: exposedSecret
  return error
}

// ---- assigned-as-a-statement
import { secret } from '../../secret.ts'
export function explain(error: Error) {
  Object.assign(error, { request: { key: secret.expose() } }) // expect: exposedSecret
  throw error
}

// ---- details
import { secret } from '../../secret.ts'
const error: Error & { details?: object } = new Error('refused')
error.details = { key: secret.expose() } // expect: exposedSecret
throw error

// ---- in-the-constructor
import { secret } from '../../secret.ts'
export class KeyError extends Error {
  readonly key: string
  constructor() {
    super('bad key')
    this.key = secret.expose() // expect: exposedSecret
  }
}

// ---- in-the-constructor-clean
import { secret } from '../../secret.ts'
export class KeyError extends Error {
  readonly key: string
  readonly #value: string
  constructor() {
    super('bad key')
    this.key = secret.label
    this.#value = secret.expose()
  }
}

// ---- the-cause
import { secret } from '../../secret.ts'
export function explain(err: Error) {
  err.cause = secret.expose() // expect: exposedSecret
  return err
}

// ---- the-message
import { secret } from '../../secret.ts'
export async function run(work: () => Promise<void>) {
  try {
    await work()
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (key ${secret.expose()})` // expect: exposedSecret
    throw error
  }
}

// ---- a-code
import { secret } from '../../secret.ts'
export async function run(work: (key: string) => Promise<void>) {
  try {
    await work(secret.expose())
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (with ${secret.label})`
    throw error
  }
}

// ---- a-header-of-a-request
import { secret } from '../../secret.ts'
const request = { headers: {} as Record<string, string>, error: undefined }
request.headers['authorization'] = secret.expose()
export { request }

// ---- a-message-that-is-no-error
import { secret } from '../../secret.ts'
declare const form: { message: string; send(): void }
form.message = secret.expose()
form.send()
