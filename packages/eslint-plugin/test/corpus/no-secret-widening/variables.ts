// ---- a-constant-annotated-any
import { Secret } from '../../secret.ts'
const held: any = Secret.of('RANDOM_BASE64URL_43', 'DATABASE_FRONTEND') // expect: hidden
export const user = held.user

// ---- a-constant-annotated-unknown
import { secret } from '../../secret.ts'
const password: unknown = secret // expect typed: hidden
export default password

// ---- what-a-catch-clause-caught
import { secret } from '../../secret.ts'
let problem: unknown
try {
  secret.expose()
} catch (error) {
  problem = error
}
export default problem

// ---- a-parameter-annotated-as-a-secret
import type { Secret } from '../../secret.ts'
export function remember(passphrase: Secret) {
  const known: unknown = passphrase // expect: hidden
  return { known }
}

// ---- unknown-until-it-was-looked-at
import { Secret } from '../../secret.ts'
export function toSecret(given: unknown): Secret<unknown> {
  const known: unknown = given
  return given instanceof Secret ? given : Secret.of(known, 'GIVEN')
}

// ---- a-parameter-of-the-same-file
import type { Secret } from '../../secret.ts'
export function open(passphrase: Secret) {
  let given: any
  given ??= passphrase // expect typed: hidden
  return given.length > 0
}

// ---- a-secret-under-an-innocent-name
import { vault } from '../../vault.ts'
export const held: unknown = vault // expect typed: hidden

// ---- a-union-that-takes-any-object
import { secret } from '../../secret.ts'
const given: string | object = secret // expect typed: hidden
export const kind = typeof given

// ---- as-an-object
import type { SecretVersion } from '../../secret.ts'
export function remember(version: SecretVersion) {
  const held: object = version.value // expect typed: hidden
  return held
}

// ---- assigned-later
import { secret } from '../../secret.ts'
let token: unknown
export function start() {
  token = secret // expect typed: hidden
}
export const shown = () => String(token)

// ---- one-branch-of-a-condition
import { secret } from '../../secret.ts'
const passphrase: any = process.argv.includes('--open') ? undefined : secret // expect typed: hidden
export const length = passphrase?.length

// ---- perhaps-undefined
import type { SecretVersion } from '../../secret.ts'
export function report(previous: SecretVersion | undefined) {
  const before: unknown = previous?.value // expect typed: hidden
  return before === undefined ? 'none' : 'one'
}

// ---- the-default-of-a-parameter
import { Secret } from '../../secret.ts'
const fallback = Secret.of('RANDOM_ALNUM_24', 'DATABASE_FRONTEND')
export function connect(host: string, password: unknown = fallback) { // expect: hidden
  return { host, password }
}

// ---- the-default-of-a-part-of-a-parameter
import { secret } from '../../secret.ts'
export function connect({ host, password = secret }: { host: string; password?: unknown }) { // expect typed: hidden
  return [host, password]
}

// ---- the-empty-object-type
import { login } from '../../secret.ts'
let known: {} = login // expect typed: hidden
export const forget = () => {
  known = []
}
export const isKnown = () => known === login

// ---- what-was-awaited
import type { Secret } from '../../secret.ts'
declare function readToken(path: string): Promise<Secret>
const token: unknown = await readToken('/var/run/secrets/token') // expect typed: hidden
if (token === undefined) process.exitCode = 1
