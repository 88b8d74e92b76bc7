import type { Node } from '../syntax/nodes.ts'
import type { ParameterOrigin } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { type Keys, narrow, type Place } from './access-path.ts'

/** Where the value at `keys` of a parameter lies in what its function is `given`. */
export function argumentsAt(
  given: readonly Node[],
  { index, isRest, keys: accessPath, except }: ParameterOrigin,
  keys: Keys,
): Place[] {
  const left = narrow(
    keys,
    except.map((key) => [key]),
  )
  if (left === undefined) return []
  const path = [...accessPath, ...left]
  if (isRest) return given.slice(index).map((node) => ({ node, keys: path.slice(1) }))
  const spread = given.findIndex(({ type }) => type === 'SpreadElement')
  const argument = given[spread >= 0 && spread <= index ? spread : index]
  if (argument === undefined) return []
  return argument.type === 'SpreadElement'
    ? [{ node: argument.argument, keys: [EACH, ...path] }]
    : [{ node: argument, keys: path }]
}
