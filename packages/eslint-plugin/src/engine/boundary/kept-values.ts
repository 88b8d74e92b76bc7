import type { TSESTree } from '@typescript-eslint/utils'
import type { Analysis } from '../analysis.ts'
import { capturesOf, functionsIn } from './captures.ts'
import { isExported } from './exports.ts'
import type { Leak } from '../taint/flow.ts'
import { type Keeper, type KeepingPlace, keepingPlaces } from './keeping-places.ts'
import { enclosing, type FunctionNode, isFunction, within } from '../syntax/syntax.ts'

/** What came out of a `Secret`, and stays outside. */
export interface KeptValue {
  readonly value: TSESTree.Node
  /** Where it came out. */
  readonly source: TSESTree.Node
  /** What keeps it, in words. */
  readonly place: string
  /** Nothing keeps it here, but other files get it. */
  readonly isReturned: boolean
}

/** The values out of Secrets that `keeper` keeps, or hands to other files. */
export function keptBy(keeper: Keeper, analysis: Analysis): KeptValue[] {
  return keepingPlaces(keeper, analysis).flatMap((place) => {
    const leak = analysis.exposures().of(place.value)
    const found =
      leak?.kind === 'exposed' ? keptAsItIs(place, leak, analysis) : captured(place, analysis)
    return found === undefined ? [] : [found]
  })
}

function keptAsItIs(
  { value, name, resultOf }: KeepingPlace,
  leak: Leak,
  analysis: Analysis,
): KeptValue | undefined {
  const kept = { value, source: leak.source, place: name }
  if (resultOf === undefined) return { ...kept, isReturned: false }
  const isHandedOut = isExported(resultOf, analysis.source) && !isGivenTo(resultOf, leak, analysis)
  return isHandedOut ? { ...kept, isReturned: true } : undefined
}

/** Whether a caller of `owner` took the value out, so that `owner` gives back what it was given. */
function isGivenTo(owner: FunctionNode, { source }: Leak, { code }: Analysis): boolean {
  const taker = enclosing(source, isFunction)
  return (
    !within(source, owner) &&
    code.callsOf(owner).some((call) => enclosing(call, isFunction) === taker)
  )
}

/** A function that is kept or handed out remembers what it reads of the functions around it. */
function captured({ value }: KeepingPlace, analysis: Analysis): KeptValue | undefined {
  const { source, code } = analysis
  for (const owner of functionsIn(value, code)) {
    for (const use of capturesOf(owner, source)) {
      const leak = analysis.exposures().of(use)
      if (leak?.kind !== 'exposed' || within(leak.source, owner)) continue
      const place = 'a function that is handed out'
      return { value, source: leak.source, place, isReturned: false }
    }
  }
  return undefined
}
