import type { SecretVersion } from '../../secret.ts'
export function report(pending?: SecretVersion): Record<string, unknown> {
  return { pending: pending?.value !== undefined, version: pending?.version }
}
