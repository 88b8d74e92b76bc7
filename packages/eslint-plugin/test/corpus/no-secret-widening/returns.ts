// ---- a-function-that-gives-back-unknown
import type { SecretVersion } from '../../secret.ts'
export function valueOf(version: SecretVersion): unknown {
  return version.value // expect typed: hidden
}

// ---- a-function-that-gives-back-a-secret
import type { Secret, SecretVersion } from '../../secret.ts'
export function valueOf(version: SecretVersion<unknown>): Secret<unknown> {
  return version.value
}

// ---- a-generator
import type { SecretVersion } from '../../secret.ts'
export function* valuesOf(versions: SecretVersion[]): Generator<unknown> {
  for (const { value } of versions) yield value // expect typed: hidden
}

// ---- a-getter
import type { Secret } from '../../secret.ts'
export class Session {
  readonly #token: Secret
  constructor(token: Secret) {
    this.#token = token
  }
  get token(): any {
    return this.#token // expect: hidden
  }
}

// ---- an-arrow-function-that-gives-back-any
import type { Secret } from '../../secret.ts'
export const load = (secret: Secret): any => secret // expect: hidden

// ---- an-async-function
import type { Secret } from '../../secret.ts'
declare function read(name: string): Promise<Secret>
export async function load(name: string): Promise<unknown> {
  return await read(name) // expect typed: hidden
}

// ---- a-callback-of-a-typed-option
import { secret } from '../../secret.ts'
interface Options {
  load(): Promise<unknown>
}
declare function start(options: Options): void
start({ load: () => Promise.resolve(secret) })

// ---- a-function-that-gives-back-what-it-made-of-it
import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'
export function fingerprint(): unknown {
  return createHash('sha256').update(secret.expose()).digest('hex')
}
