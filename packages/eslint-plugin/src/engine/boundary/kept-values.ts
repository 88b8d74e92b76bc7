import type { TSESTree } from '@typescript-eslint/utils'
import type { Analysis } from '../analysis.ts'
import { capturesOf, functionsIn } from './captures.ts'
import { isExported } from './exports.ts'
import type { Leak } from '../taint/flow.ts'
import { type Keeper, keepingPlaces } from './keeping-places.ts'
import { enclosing, type FunctionNode, isFunction, within } from '../syntax/syntax.ts'
import { callsOf } from '../code/callers.ts'

/** A value that came out of a `Secret`, and stays outside. */
export interface KeptValue {
  readonly value: TSESTree.Node
  /** Where it came out. */
  readonly source: TSESTree.Node
  /** The place that keeps it, in words. */
  readonly place: string
  /** Nothing keeps it here, but other files get it. */
  readonly isReturned: boolean
}

/** The values out of Secrets that `keeper` keeps, or hands to other files. */
export function keptBy(keeper: Keeper, analysis: Analysis): KeptValue[] {
  return keepingPlaces(keeper, analysis).flatMap((place) => {
    const { value, resultOf, name } = place
    const functions = functionsIn(value, analysis.code)
    // Asked before the value is followed, which takes longer.
    const isInside = resultOf !== undefined && !isExported(resultOf, analysis.source)
    if (isInside && functions.length === 0) return []
    const leak = analysis.exposures().of(value)
    if (leak?.kind !== 'exposed') return captured(value, functions, analysis)
    if (isInside || isGivenTo(resultOf, leak, analysis)) return []
    return [{ value, source: leak.source, place: name, isReturned: resultOf !== undefined }]
  })
}

/** Whether a caller of `owner` took the value out, so that `owner` gives back what it was given. */
function isGivenTo(owner: FunctionNode | undefined, { source }: Leak, { code }: Analysis): boolean {
  const taker = enclosing(source, isFunction)
  return (
    owner !== undefined &&
    !within(source, owner) &&
    callsOf(owner, code).some((call) => enclosing(call, isFunction) === taker)
  )
}

/** A function that is kept or handed out remembers what it reads of the functions around it. */
function captured(
  value: TSESTree.Node,
  functions: readonly FunctionNode[],
  analysis: Analysis,
): KeptValue[] {
  for (const owner of functions) {
    for (const use of capturesOf(owner, analysis.source)) {
      const leak = analysis.exposures().of(use)
      if (leak?.kind !== 'exposed' || within(leak.source, owner)) continue
      const place = 'a function that is handed out'
      return [{ value, source: leak.source, place, isReturned: false }]
    }
  }
  return []
}
