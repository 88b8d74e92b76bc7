/** In what two logins differ. */
export type DifferenceKind =
  | 'attribute'
  /** A role that it is a member of. */
  | 'membership'
  /** A role that is a member of it. */
  | 'member'
  | 'setting'
  | 'comment'
  | 'security label'
  | 'ownership'
  | 'grant'
  /** Privileges it granted to others by a grant option; they go when the login is dropped. */
  | 'granted'
  | 'default privilege'
  | 'policy'
  | 'user mapping'
  /** The server's own answer when asked for an effective privilege. */
  | 'privilege'
  /** A database that holds something about one of them and that could not be examined. */
  | 'unseen'

/** One thing in which two logins are not equal. */
export interface Difference {
  readonly kind: DifferenceKind
  /** `connection limit`, a role, `search_path`, `table public.orders`, `SELECT on table public.orders`, … */
  readonly object: string
  /** Empty: the whole server. */
  readonly database: string
  /** The value of each side; empty: it has none. */
  readonly first: string
  readonly second: string
}

/** One thing that a role has; `value` is equal for two roles if and only if the thing is. */
export interface Possession {
  readonly kind: DifferenceKind
  readonly object: string
  /** Empty: the whole server. */
  readonly database: string
  readonly value: string
}

/** Where two sides are not equal. */
export function differencesBetween(
  first: readonly Possession[],
  second: readonly Possession[],
): Difference[] {
  const [left, right] = [byThing(first), byThing(second)]
  const differences: Difference[] = []
  for (const [thing, one] of new Map([...left, ...right])) {
    const { kind, object, database } = one
    const [has, hasToo] = [left.get(thing)?.value ?? '', right.get(thing)?.value ?? '']
    if (has !== hasToo) differences.push({ kind, object, database, first: has, second: hasToo })
  }
  return differences
}

function byThing(side: readonly Possession[]): Map<string, Possession> {
  return new Map(side.map((one) => [JSON.stringify([one.kind, one.database, one.object]), one]))
}
