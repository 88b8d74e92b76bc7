import type { ControllerState } from './controller-routes.ts'

/** A deviation of a secret from what its policy demands. */
type ProblemName = 'stuck' | 'overdue'

/** A problem of one secret that a person has to see to. */
export interface Problem {
  readonly problem: ProblemName
  /** The secret's name in the store. */
  readonly secret: string
  readonly kind: string
  /** The command to run next. */
  readonly next: string
}

/**
 * The problems of a family as a controller that leads sees them: rotations that need a person, and secrets older than their policy allows,
 * among them versions of which less than a sixth of the life is left.
 */
export function problemsOf({
  turns,
  ledger,
}: Pick<ControllerState, 'turns' | 'ledger'>): readonly Problem[] {
  return turns().flatMap(({ secret, kind, isOverdue }): Problem[] => [
    ...(ledger.stateOf(secret) === 'stuck'
      ? [{ problem: 'stuck' as const, secret, kind, next: 'rekey status' }]
      : []),
    ...(isOverdue
      ? [{ problem: 'overdue' as const, secret, kind, next: 'rekey rotate --due --plan' }]
      : []),
  ])
}
