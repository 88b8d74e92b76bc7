import { findContradictions } from '@rekey/family'
import type { CheckOutcome, Finding } from './finding.ts'
import type { LoadedDefinitions } from './load-definitions.ts'
import type { LoadedFamily } from './read-family.ts'

/** Whether the service definitions and the family agree about who holds which secret. */
export function checkAccess(
  { family, file, findings: unread }: LoadedFamily,
  { definitions, findings }: LoadedDefinitions,
): CheckOutcome {
  const secrets = definitions.flatMap((definition) => Object.keys(definition.secrets)).length
  const isComplete = findings.length === 0
  const contradictions = family ? findContradictions(family, definitions, { file, isComplete }) : []
  return {
    findings: [
      ...unread,
      ...findings,
      ...contradictions.map((found): Finding => ({ check: 'access', ...found })),
    ],
    covered: `${definitions.length} services, ${secrets} secrets`,
  }
}
