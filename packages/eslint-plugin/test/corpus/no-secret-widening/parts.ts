// ---- a-function-that-gives-one
import { secret } from '../../secret.ts'
const factories: Record<string, unknown> = { password: () => secret }
export default factories

// ---- a-promise-of-one
import type { Secret } from '../../secret.ts'
declare function readToken(): Promise<Secret>
declare function withDeadline(work: Promise<unknown>, ms: number): Promise<void>
await withDeadline(readToken(), 1_000)

// ---- a-version-that-holds-one
import type { SecretVersion } from '../../secret.ts'
declare function isEqual(left: unknown, right: unknown): boolean
export const isSame = (one: SecretVersion, other: SecretVersion) => isEqual(one, other)

// ---- its-label
import { secret } from '../../secret.ts'
const name: unknown = secret.label
export default name

// ---- what-was-parsed-of-its-value
import { secret } from '../../secret.ts'
export function fields() {
  const parsed: unknown = JSON.parse(secret.expose())
  return typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : []
}

// ---- whether-there-is-one
import type { SecretVersion } from '../../secret.ts'
export function report(pending?: SecretVersion): Record<string, unknown> {
  return { pending: pending?.value !== undefined, version: pending?.version }
}
