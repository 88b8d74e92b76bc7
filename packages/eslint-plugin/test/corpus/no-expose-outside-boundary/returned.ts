// ---- as-a-header
import { secret } from '../../secret.ts'
export function authorization() {
  return `Bearer ${secret.expose()}` // expect: returned
}

// ---- from-a-function-exported-below
import { secret } from '../../secret.ts'
function readKey() {
  return secret.expose() // expect: returned
}
export { readKey }

// ---- from-a-getter
import type { Secret } from '../../secret.ts'
export class Settings {
  constructor(private readonly dsn: Secret) {}
  get databaseUrl(): string {
    return this.dsn.expose() // expect: returned
  }
}

// ---- from-a-method-of-an-exported-object
import { secret } from '../../secret.ts'
export const keys = {
  current() {
    return secret.expose() // expect: returned
  },
}

// ---- from-a-method
import type { Secret } from '../../secret.ts'
export class Credentials {
  readonly #password: Secret
  constructor(password: Secret) {
    this.#password = password
  }
  password() {
    return this.#password.expose() // expect: returned
  }
}

// ---- from-an-async-function
import type { SecretVersion } from '../../secret.ts'
export async function loadToken(read: () => Promise<SecretVersion>) {
  const { value } = await read()
  return value.expose() // expect: returned
}

// ---- from-an-exported-arrow-function
import type { Secret } from '../../secret.ts'
export const reveal = (secret: Secret) => secret.expose() // expect: returned

// ---- from-an-exported-function
import { secret } from '../../secret.ts'
export function getApiKey(): string {
  return secret.expose() // expect: returned
}

// ---- from-commonjs.js
const { secret } = require('../../secret.ts')
exports.sessionSecret = () => secret.expose() // expect: returned

// ---- from-the-default-export
import { secret } from '../../secret.ts'
export default () => ({ clientSecret: secret.expose() }) // expect: returned

// ---- in-an-object
import { login } from '../../secret.ts'
export function connectionOptions(host: string) {
  const { user, password } = login.expose()
  return { host, user, password, ssl: true } // expect: returned
}

// ---- in-the-address-of-a-server
import { login } from '../../secret.ts'
export function databaseUrl(base: string) {
  const url = new URL(base)
  url.password = login.expose().password
  return url // expect: returned
}

// ---- one-after-another
import type { SecretVersion } from '../../secret.ts'
export function* texts(versions: SecretVersion[]) {
  for (const { value } of versions) yield value.expose() // expect: returned
}

// ---- the-last-characters
import { secret } from '../../secret.ts'
export const hint = () => secret.expose().slice(-4) // expect: returned

// ---- through-a-function-of-this-file
import type { Secret } from '../../secret.ts'
function bearer(token: Secret) {
  return `Bearer ${token.expose()}`
}
export function headers(token: Secret) {
  return { authorization: bearer(token), accept: 'application/json' } // expect: returned
}
