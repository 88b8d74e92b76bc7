// ---- any-to-call-a-method-it-lacks
import type { SecretVersion } from '../../secret.ts'
export const length = ({ value }: SecretVersion): number => (value as any).unwrap().length // expect typed: hidden

// ---- as-a-dictionary
import { secret } from '../../secret.ts'
const fields = secret as Record<string, any> // expect typed: hidden
export const names = Object.keys(fields)

// ---- as-a-list-element
import type { SecretVersion } from '../../secret.ts'
export const values = (versions: SecretVersion[]) => versions.map(({ value }) => value as unknown) // expect typed: hidden

// ---- as-an-object
import { secret } from '../../secret.ts'
export const fields = Object.keys(secret as object) // expect typed: hidden

// ---- as-any-to-reach-a-field
import type { Secret } from '../../secret.ts'
export function inner(secret: Secret) {
  return (secret as any).value // expect: hidden
}

// ---- as-unknown-as-text
import type { Secret } from '../../secret.ts'
declare function connect(options: { password: string }): void
export function open(password: Secret) {
  connect({ password: password as unknown as string }) // expect: hidden
}

// ---- as-unknown
import type { Secret } from '../../secret.ts'
export const raw = (secret: Secret) => secret as unknown // expect: hidden

// ---- in-angle-brackets
import { Secret } from '../../secret.ts'
const secret = Secret.of('RANDOM_BASE64URL_43', 'CA_PASSPHRASE_SIGNING')
export const given = <any>secret // expect: hidden
