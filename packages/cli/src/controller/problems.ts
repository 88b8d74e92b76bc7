import type { SecretAge } from '@rekey/rotation/schedule'
import type { ControllerState } from './controller-routes.ts'

/** A deviation of a secret from what its policy demands. */
type ProblemName = 'stuck' | 'overdue' | 'ending'

/** A problem of one secret that a person has to see to. */
export interface Problem {
  readonly problem: ProblemName
  /** The secret's name in the store. */
  readonly secret: string
  readonly kind: string
  /** The command to run next. */
  readonly next: string
}

/** A version with an end is due when a third of its life is left, and overdue at a sixth. */
const LEFT_AT_END = 1 / 6

const NEXT: Readonly<Record<ProblemName, string>> = {
  stuck: 'rekey status',
  overdue: 'rekey rotate --due --plan',
  ending: 'rekey rotate --due --plan',
}

/**
 * The problems of a family as a controller that leads sees them: rotations that need a person, secrets older than their policy allows, and
 * versions of which less than a sixth of the life is left.
 */
export function problemsOf(
  { turns, ages, ledger }: Pick<ControllerState, 'turns' | 'ages' | 'ledger'>,
  nowMs: number,
): readonly Problem[] {
  const known = turns()
  const found = (problem: ProblemName, secret: string, kind: string) => {
    return { problem, secret, kind, next: NEXT[problem] }
  }
  return [
    ...known
      .filter(({ secret }) => ledger.stateOf(secret) === 'stuck')
      .map(({ secret, kind }) => found('stuck', secret, kind)),
    ...known
      .filter(({ isOverdue }) => isOverdue)
      .map(({ secret, kind }) => found('overdue', secret, kind)),
    ...ages()
      .filter((age) => isEnding(age, nowMs))
      .map(({ name, kind }) => found('ending', name, kind)),
  ]
}

function isEnding({ createdAt, expiresAt }: SecretAge, nowMs: number): boolean {
  if (createdAt === undefined || expiresAt === undefined) return false
  const lifeMs = expiresAt.getTime() - createdAt.getTime()
  return expiresAt.getTime() - nowMs < lifeMs * LEFT_AT_END
}
