import { checkCallEnds, checkCallNames, checkCalls } from './access/check-calls.ts'
import { checkHolders, checkSharing } from './access/check-holders.ts'
import { checkMinimum } from './access/check-minimum.ts'
import { checkUnusedGrants } from './access/check-unused-grants.ts'
import { type AccessRule, secretsOf } from './access/held-secret.ts'
import type { LocatedDefinition } from './definitions/index.ts'
import type { Finding } from './finding.ts'
import type { AccessPolicy } from './policy.ts'

/** What each secret may be, whatever the other services hold. */
const RULES_OF_WHAT_IS_HELD: readonly AccessRule[] = [
  checkHolders,
  checkCalls,
  checkCallNames,
  checkSharing,
  checkMinimum,
]

/** What must be held by somebody; to be asked only when all definitions could be read. */
const RULES_OF_WHAT_IS_MISSING: readonly AccessRule[] = [checkCallEnds, checkUnusedGrants]

/**
 * Holds the definitions of the services against the policy. Reads nothing and tries no secret.
 *
 * @param isComplete whether these are all services there are; if not, nobody is told that something is missing
 */
export function checkAccess(
  definitions: readonly Pick<LocatedDefinition, 'file' | 'name' | 'secrets'>[],
  policy: AccessPolicy,
  isComplete = true,
): Finding[] {
  const held = definitions.flatMap((definition) => secretsOf(definition, policy))
  const rules = [...RULES_OF_WHAT_IS_HELD, ...(isComplete ? RULES_OF_WHAT_IS_MISSING : [])]
  return rules
    .flatMap((rule) => rule(held, policy))
    .map((breach): Finding => ({ check: 'access', ...breach }))
}
