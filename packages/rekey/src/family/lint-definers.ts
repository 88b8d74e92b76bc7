import { KINDS } from './all-kinds.ts'
import { OWN_KINDS, type WithKinds } from './kinds.ts'

/**
 * Derives the option `definers` of the lint rule `service-access`: the functions by which services declare secrets, by their names,
 * and the kind of each. The rule has those of `KINDS` already; a family with kinds of its own needs this one too.
 */
export function lintDefiners({
  [OWN_KINDS]: own = [],
}: WithKinds): Readonly<Record<string, string>> {
  const definers = [...KINDS.values(), ...own].flatMap(({ kind, spec }) =>
    Object.entries(spec).map(([end, define]) => {
      return [define.name, end === 'owner' ? kind : end] as const
    }),
  )
  return Object.fromEntries(definers)
}
