import type { Role } from '../door/operator.ts'
import type { LoginSettings } from './login-settings.ts'

/** A value of this claim is worth what the provider did to verify it. */
const ADDRESS = 'email'

/**
 * Finds the role that the claims of a person give: `operator` before `viewer`. An e-mail address that the provider has not verified gives none,
 * as a person may enter any.
 *
 * @param claims of an ID token that was verified
 */
export function roleOf(
  claims: Readonly<Record<string, unknown>>,
  { claim, viewer, operator }: LoginSettings['roles'],
): Role | undefined {
  const path = typeof claim === 'string' ? [claim] : claim
  if (path[0] === ADDRESS && claims['email_verified'] !== true) return undefined
  const found = path.reduce<unknown>(
    (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    claims,
  )
  const values: readonly unknown[] = Array.isArray(found) ? found : [found]
  const has = (wanted: readonly string[]) => wanted.some((one) => values.includes(one))
  if (has(operator)) return 'operator'
  return has(viewer) ? 'viewer' : undefined
}

/** States which values give a role, in a sentence. */
export function demandOf({ claim, viewer, operator }: LoginSettings['roles']): string {
  const path = typeof claim === 'string' ? claim : claim.join('.')
  const list = (values: readonly string[]) => values.join(' or ') || 'nothing'
  return `It takes a role: in the claim ${path}, ${list(viewer)} for a viewer, ${list(operator)} for an operator.`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
