import type { AuthorityReading } from '../console/family-reading.ts'
import type { GenerationView } from '../console/family-view.ts'
import type { ControllerState } from './controller-routes.ts'

/** A deviation that a person has to see to. */
export interface Problem {
  /** `held`: its rotation waits for an order. `undrilled`: no backup of the CA is known to have been restored lately. `ending`: less than a sixth of its life is left. */
  readonly problem: 'stuck' | 'held' | 'overdue' | 'leaked' | 'undrilled' | 'ending'
  readonly about: 'secret' | 'ca'
  /** The secret's name in the store; the directory of a CA. */
  readonly name: string
  /** Of a secret. */
  readonly kind?: string
  /** The command to run next. */
  readonly next: string
}

/** The state that problems are found in. */
interface Found {
  readonly state: Pick<ControllerState, 'turns' | 'ledger'>
  /** The names of secrets of which replicas masked a live version, as of the last time that they were asked. */
  readonly leaked?: ReadonlySet<string>
  readonly authorities?: readonly AuthorityReading[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

const LATE = 5 / 6

/**
 * The problems of a family as a controller that leads sees them: rotations that need a person or wait for an order; secrets older than their policy allows,
 * among them versions of which less than a sixth of the life is left; leaks; and CAs that are about to end, or were not drilled lately.
 */
export function problemsOf({
  state: { turns, ledger },
  leaked = new Set(),
  authorities = [],
  now,
}: Found): readonly Problem[] {
  const ofSecrets = turns().flatMap(({ secret: name, kind, isOverdue, reason }): Problem[] => {
    const problems = [
      ['stuck', ledger.stateOf(name) === 'stuck', 'rekey status'],
      ['held', reason === 'held', 'rekey status'],
      ['overdue', isOverdue, 'rekey rotate --due --plan'],
      ['leaked', leaked.has(name), 'rekey leaks show'],
    ] as const
    return problems.flatMap(([problem, is, next]) =>
      is ? [{ problem, about: 'secret', name, kind, next }] : [],
    )
  })
  return [...ofSecrets, ...authorities.flatMap((one) => problemsOfAuthority(one, now))]
}

function problemsOfAuthority(authority: AuthorityReading, now: number): Problem[] {
  const { directory: name } = authority
  // What cannot be examined is not known to be drilled.
  const isDrilled = 'drill' in authority && authority.drill.state === 'fresh'
  const isLate = 'generations' in authority && authority.generations.some(isEnding(now))
  return [
    ...(isDrilled
      ? []
      : [{ problem: 'undrilled' as const, about: 'ca' as const, name, next: 'rekey ca drill' }]),
    ...(isLate
      ? [{ problem: 'ending' as const, about: 'ca' as const, name, next: 'rekey ca rotate' }]
      : []),
  ]
}

function isEnding(now: number) {
  return ({ state, certificate }: GenerationView): boolean => {
    if (state !== 'active' || certificate === undefined) return false
    const [begin, end] = [Date.parse(certificate.notBefore), Date.parse(certificate.notAfter)]
    return now >= begin + LATE * (end - begin)
  }
}
