import { randomBytes } from 'node:crypto'
import { SecretError, type SecretSpec } from '@rekey/secret'
import type { AccessRule } from './held-secret.ts'

/** In characters of secret material, where the family sets no other length. */
const MIN_LENGTH = 32

/** No secret may be shorter than the family requires: neither as its spec declares nor in what the spec accepts. */
export const checkMinimum: AccessRule = (held, { family, secrets }) =>
  held.flatMap(({ where, spec }) => {
    if (!secrets.some(({ kind }) => kind === spec.kind)) return []
    const minLength = family.policy.minLength[spec.kind] ?? MIN_LENGTH
    const fix = `ask for at least ${minLength} characters`
    if (spec.minLength < minLength) {
      const why = `it asks for ${spec.minLength} characters; the family requires ${minLength} of the kind ${spec.kind}`
      return [{ rule: 'min-length', where, why, fix }]
    }
    if (refuses(spec, randomText(minLength - 1))) return []
    const why = `it declares ${spec.minLength} and accepts ${minLength - 1} random characters`
    return [{ rule: 'min-length', where, why, fix }]
  })

function randomText(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length)
}

function refuses(spec: SecretSpec, text: string): boolean {
  try {
    spec.parse(text)
    return false
  } catch (error) {
    if (error instanceof SecretError && error.code === 'malformed') return true
    throw error
  }
}
