// ---- a-dictionary-of-anything
import { secret } from '../../secret.ts'
const settings: Record<string, unknown> = { host: 'localhost' }
settings['password'] = secret // expect typed: hidden
export default settings

// ---- a-field-annotated-unknown
import { Secret } from '../../secret.ts'
export class Keystore {
  readonly passphrase: unknown = Secret.of('RANDOM_BASE64URL_43', 'CA_PASSPHRASE_SIGNING') // expect: hidden
}

// ---- a-list-of-anything
import { secret, login } from '../../secret.ts'
const disposables: unknown[] = []
disposables.push(secret, login) // expect typed: hidden
export const count = disposables.length

// ---- a-map-of-anything
import { secret } from '../../secret.ts'
const registry = new Map<string, unknown>()
registry.set('database', secret) // expect typed: hidden
export const registered = [...registry.values()]

// ---- a-private-field-set-by-the-constructor
import type { Secret } from '../../secret.ts'
export class Keystore {
  readonly #passphrase: unknown
  constructor(passphrase: Secret) {
    this.#passphrase = passphrase // expect typed: hidden
  }
  describe() {
    return `${this.#passphrase}`
  }
}

// ---- a-property-that-may-be-anything
import { secret } from '../../secret.ts'
interface ClientConfig {
  host: string
  password?: any
}
const config: ClientConfig = { host: 'localhost' }
config.password = secret // expect typed: hidden
export default config

// ---- a-set-of-anything
import { secret } from '../../secret.ts'
export const held = new Set<unknown>([secret]) // expect typed: hidden

// ---- locals-of-a-request
import type { Secret } from '../../secret.ts'
interface Context {
  readonly state: Record<string, any>
}
export function authenticate(context: Context, apiKey: Secret) {
  context.state.apiKey = apiKey // expect typed: hidden
}
