// ---- a-class-of-that-name-that-is-none
class Secret {
  constructor(readonly question: string) {}
}
const riddle: unknown = new Secret('What has roots that nobody sees?')
export default riddle

// ---- a-constant-object
import { secret } from '../../secret.ts'
export const options = { host: 'localhost', password: secret } as const

// ---- a-dictionary-of-secrets
import { type Secret, secret } from '../../secret.ts'
const secrets: Record<string, Secret<unknown>> = { database: secret }
secrets['oidc'] = secret
export default secrets

// ---- a-dictionary-that-was-checked-and-not-widened
import { secret } from '../../secret.ts'
export const options = { host: 'localhost', password: secret } satisfies Record<string, unknown>

// ---- a-field-of-its-type
import { type Secret, secret } from '../../secret.ts'
export class Keystore {
  readonly #passphrase: Secret = secret
  readonly extra: unknown = this.#passphrase.label
}

// ---- a-list-of-secrets-of-anything
import { type Secret, login, secret } from '../../secret.ts'
const all: readonly Secret<unknown>[] = [login, secret]
export default all

// ---- a-live-secret-of-anything
import { type Secret, login } from '../../secret.ts'
interface LiveSecret<T> {
  readonly current: { readonly value: Secret<T> }
}
const live: LiveSecret<unknown> = { current: { value: login } }
export default live

// ---- a-map-of-secrets
import { type Secret, secret } from '../../secret.ts'
const byName = new Map<string, Secret>()
byName.set('database', secret)
export const has = byName.has('database')

// ---- a-secret-as-the-key-of-a-weak-map
import { secret } from '../../secret.ts'
const seen = new WeakMap<object, number>()
seen.set(secret, Date.now())
export const at = seen.get(secret)

// ---- a-secret-of-anything
import { type Secret, login } from '../../secret.ts'
const held: Secret<unknown> = login
export default held

// ---- a-secret-or-text
import { type Secret, secret } from '../../secret.ts'
const given: Secret | string | undefined = secret
export default given

// ---- an-option-that-is-a-secret
import { type Secret, secret } from '../../secret.ts'
interface Options {
  readonly passphrase: Secret
  readonly extra?: Record<string, unknown>
}
declare function openKeystore(options: Options): void
openKeystore({ passphrase: secret, extra: { retries: 3 } })

// ---- annotated-as-a-secret
import { type Secret, secret } from '../../secret.ts'
const password: Secret = secret
export default password

// ---- cast-back-from-unknown
import type { Secret } from '../../secret.ts'
declare const found: unknown
export const secret = found as Secret

// ---- cast-to-another-secret
import { type Secret, secret } from '../../secret.ts'
export const bytes = secret as unknown as Secret<Uint8Array>

// ---- fields-of-a-generic-class
import { secret } from '../../secret.ts'
class Box<T> {
  constructor(readonly content: T) {}
}
export const box = new Box(secret)

// ---- satisfies-unknown
import { secret } from '../../secret.ts'
export const held = secret satisfies unknown
