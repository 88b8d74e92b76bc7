import { kindsOf, type WithKinds } from './kinds.ts'

/**
 * Derives the option `definers` of the lint rule `service-access`: the functions by which services declare secrets, by their names,
 * and the kind of each. The rule has those of `KINDS` already; a family with kinds of its own needs this one too.
 */
export function lintDefiners(family: WithKinds): Readonly<Record<string, string>> {
  const definers = [...kindsOf(family).values()].flatMap(({ kind, spec }) =>
    Object.entries(spec).map(([end, define]) => {
      return [define.name, end === 'owner' ? kind : end] as const
    }),
  )
  return Object.fromEntries(definers)
}
