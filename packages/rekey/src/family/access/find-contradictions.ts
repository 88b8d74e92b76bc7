import type { Family } from '../schema.ts'
import {
  checkAbsent,
  checkCallEnds,
  checkCallNames,
  checkCalls,
  checkHolders,
  checkMinimum,
  checkNames,
  checkOwnerRoles,
  checkSharing,
  checkStrangers,
  checkUnusedGrants,
} from './access-rules.ts'
import {
  type AccessRule,
  type Contradiction,
  type DeclaredSecrets,
  grantedBy,
  serviceSecretsOf,
} from './service-secret.ts'

/** Rules over the secrets that are declared, whatever other services declare. */
const RULES_OF_DECLARED: readonly AccessRule[] = [
  checkHolders,
  checkCalls,
  checkCallNames,
  checkSharing,
  checkMinimum,
]

/** Rules over details of a secret, which report nothing where the secret itself is wrong. */
const RULES_OF_DETAILS: readonly AccessRule[] = [checkNames, checkOwnerRoles]

/** Rules over what must be declared, which need the definitions of all services. */
const RULES_OF_MISSING: readonly AccessRule[] = [checkCallEnds, checkUnusedGrants]

/** The declaration that the definitions are compared with. */
export interface ContradictionOptions {
  /** The file that declares the family, for what is to be changed there. */
  readonly file: string
  /** Whether these are the definitions of all services; otherwise nothing is reported as missing. Default true. */
  readonly isComplete?: boolean
}

/**
 * Compares service definitions with their family, and names each contradiction: a secret that was not granted, a grant without a
 * secret, another name, a shorter value. Reads nothing and tries no secret.
 */
export function findContradictions(
  family: Family,
  definitions: readonly DeclaredSecrets[],
  { file, isComplete = true }: ContradictionOptions,
): Contradiction[] {
  const granted = grantedBy(family, file)
  const held = definitions.flatMap(serviceSecretsOf)
  const run = (rules: readonly AccessRule[]) => rules.flatMap((rule) => rule(held, granted))
  const found = [...checkStrangers(definitions, granted), ...run(RULES_OF_DECLARED)]
  const missing = isComplete ? [...checkAbsent(definitions, granted), ...run(RULES_OF_MISSING)] : []
  const keyOf = ({ where: { file, part = '' } }: Contradiction) => `${file} ${part}`
  const reported = new Set([...found, ...missing].map(keyOf))
  const details = run(RULES_OF_DETAILS).filter((one) => {
    return reported.size !== reported.add(keyOf(one)).size
  })
  return [...found, ...details, ...missing]
}
