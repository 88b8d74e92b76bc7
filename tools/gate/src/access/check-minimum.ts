import { randomBytes } from 'node:crypto'
import { SecretError, type SecretSpec } from '@rekey/secret'
import type { AccessRule } from './held-secret.ts'

/** No secret may be shorter than the policy says: neither by its own word nor in what it really accepts. */
export const checkMinimum: AccessRule = (held, { kinds }) =>
  held.flatMap(({ where, spec }) => {
    const minLength = kinds[spec.kind]?.minLength
    if (minLength === undefined) return []
    const fix = `ask for at least ${minLength} characters`
    if (spec.minLength < minLength) {
      const why = `it asks for ${spec.minLength} characters; the policy for ${spec.kind} for ${minLength}`
      return [{ rule: 'min-length', where, why, fix }]
    }
    if (refuses(spec, randomText(minLength - 1))) return []
    const why = `it says ${spec.minLength} and takes ${minLength - 1} random characters all the same`
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
