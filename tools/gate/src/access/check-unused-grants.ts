import { POLICY_FILE } from '../policy.ts'
import type { AccessRule, Breach } from './held-secret.ts'

/**
 * Nobody is granted what he does not hold: a grant that nobody uses is the one that nobody looks at when it is used after
 * all. That a call has no ends is told by `checkCallEnds`.
 */
export const checkUnusedGrants: AccessRule = (held, { kinds }) =>
  Object.entries(kinds).flatMap(([kind, { holders }]): Breach[] => {
    const holding = held.filter(({ spec }) => spec.kind === kind).map(({ service }) => service)
    if (holding.length === 0) {
      const why = `nobody holds a secret of the kind ${kind}`
      return [unused(`kinds.${kind}`, why, 'take the kind out of the policy')]
    }
    if (holders === 'callers') return []
    return holders
      .filter((service) => !holding.includes(service))
      .map((service) =>
        unused(
          `kinds.${kind}.holders`,
          `${service} may hold a secret of the kind ${kind} and holds none`,
          `take ${service} out of the holders`,
        ),
      )
  })

function unused(part: string, why: string, fix: string): Breach {
  return { rule: 'unused-grant', where: { file: POLICY_FILE, part }, why, fix }
}
