import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from '../syntax/nodes.ts'
import type { Keys } from '../graph/access-path.ts'

import { perFile } from '../per-file.ts'
import { happensAfter, type Origin, originsAt, originsOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { groupBy } from '../../group-by.ts'
import { ancestorsOf, enclosing, isFunction, isLoop, memberKey, within } from '../syntax/syntax.ts'

/** A statement that takes away what a variable, or a part of it, held. */
interface Overwrite {
  readonly statement: Node
  /** The access path to the part that is lost; empty for all of it. */
  readonly accessPath: Keys
}

/** An {@link Origin} whose value a variable may still hold. */
export interface LiveOrigin extends Origin {
  /** The access paths into that value at which it was overwritten, deleted, or never taken. */
  readonly lost: readonly Keys[]
}

/** Methods that leave nothing of what was there, if they are given no more than constants. */
const WIPERS: ReadonlySet<string> = new Set(['fill', 'clear'])

/** Where statements stand in a row, so that each runs after the one before it. */
const ROWS = new Set<string>(['BlockStatement', 'Program', 'StaticBlock', 'SwitchCase'])

/** The values that one variable gets and loses in the file. */
export interface History {
  /** Function by function, and in each from top to bottom. */
  readonly origins: readonly Origin[]
  /** Where the origins of a function begin in `origins`, and where they end. */
  readonly ranges: ReadonlyMap<Node | undefined, Range>
  /** The overwrites in a row of statements, from top to bottom. */
  readonly overwrites: ReadonlyMap<Node, readonly Overwrite[]>
  /** By the first key of the part that is set or lost; undefined for all of the value. */
  readonly byKey: ReadonlyMap<
    string | undefined,
    { readonly origins: Origin[]; readonly overwrites: Overwrite[] }
  >
  /** Whether all overwrites take the whole value. */
  readonly isPlain: boolean
}

/** Some neighbours in a list: from the first index up to, and without, the second. */
export type Range = readonly [from: number, to: number]

/** Reads the file once for each variable, however often that is used. */
export const historyOf = perFile((variable: Variable, source): History => {
  const byFunction = groupBy(originsOf(variable, source), ({ node }) => enclosing(node, isFunction))
  const origins: Origin[] = []
  const ranges = new Map<Node | undefined, Range>()
  for (const [owner, own] of byFunction) {
    ranges.set(owner, [origins.length, origins.length + own.length])
    origins.push(...own.sort(byEnd))
  }
  const all = variable.references.flatMap(overwriteAt)
  const overwrites = groupBy(all, ({ statement }) => statement.parent ?? statement)
  const isPlain = all.every(({ accessPath }) => accessPath.length === 0)
  const put = groupBy(origins, ({ into }) => into)
  const lost = groupBy(all, ({ accessPath }) => accessPath[0])
  const keys = [...new Set([...put.keys(), ...lost.keys()])]
  const byKey = new Map(
    keys.map((key) => [key, { origins: put.get(key) ?? [], overwrites: lost.get(key) ?? [] }]),
  )
  return { origins, ranges, overwrites, byKey, isPlain }
})

const byEnd = (one: Origin, other: Origin) => one.node.range[1] - other.node.range[1]

/**
 * The origins in the function of `use` that a plain variable may have its value from there: not from what comes later,
 * but for a loop around both, nor from what is overwritten by then.
 */
export function liveRange({ origins, ranges, overwrites }: History, use: Node): Range {
  const owner = enclosing(use, isFunction)
  const [from, to] = ranges.get(owner) ?? [0, 0]
  if (from === to) return [from, to]
  const begin = use.range[0]
  const after = (place: number) =>
    firstAfter(origins, [from, to], ({ node }) => node.range[1] > place)
  const last = after(outermostLoop(use)?.range[1] ?? begin)
  const [taken] = overwritesBefore(use, overwrites)
  if (taken === undefined) return [from, last]
  const loop = innermostLoop(use)
  const isTakenAgain = loop === undefined || within(taken.statement, loop)
  return [after(taken.statement.range[0]), isTakenAgain ? after(begin) : last]
}

/** The index of the first element of the `range` of a list in order for which `isAfter` holds. */
function firstAfter<T>(list: readonly T[], [from, to]: Range, isAfter: (each: T) => boolean) {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    const each = list[middle]
    if (each === undefined || isAfter(each)) high = middle
    else low = middle + 1
  }
  return low
}

function innermostLoop(node: Node): Node | undefined {
  for (const around of ancestorsOf(node)) {
    if (isFunction(around)) return undefined
    if (isLoop(around)) return around
  }
  return undefined
}

function outermostLoop(node: Node): Node | undefined {
  let outermost: Node | undefined
  for (let loop = innermostLoop(node); loop !== undefined; loop = innermostLoop(loop)) {
    outermost = loop
  }
  return outermost
}

/**
 * Where the value that `variable` has at `use` may come from, apart from parameters: not from what is overwritten by
 * then. With a `key`, only what may lie under it.
 */
export function liveOrigins(
  variable: Variable,
  use: Node,
  source: SourceCode,
  key?: string,
): LiveOrigin[] {
  const { byKey, overwrites } = historyOf(variable, source)
  const ran = new Set(overwritesBefore(use, overwrites))
  const origins =
    key === undefined
      ? originsAt(variable, use, source)
      : [undefined, EACH, key]
          .flatMap((each) => byKey.get(each)?.origins ?? [])
          .filter(({ node }) => !happensAfter(node, use))
  return origins.flatMap((origin) => {
    const about = [undefined, ...(origin.into === undefined ? keysOf(byKey, key) : [origin.into])]
    const losses = about
      .flatMap((each) => byKey.get(each)?.overwrites ?? [])
      .filter((each) => ran.has(each) && isOverwrittenBy(origin, each.statement, use))
      .map(({ accessPath }) => accessPathFrom(origin, accessPath))
    if (losses.some((accessPath) => accessPath?.length === 0)) return []
    return [
      {
        ...origin,
        lost: [...neverTaken(origin), ...losses.filter((accessPath) => accessPath !== undefined)],
      },
    ]
  })
}

function keysOf(byKey: History['byKey'], key: string | undefined) {
  return key === undefined ? [...byKey.keys()].filter((each) => each !== undefined) : [key]
}

/** The access paths that a pattern leaves out of the value of `origin`. */
export function neverTaken({ except }: Origin): Keys[] {
  return except.map((key) => [key])
}

/** Whether `variable`, a parameter, has certainly lost what it was called with when `use` reads it. */
export function isOverwritten(variable: Variable, use: Node, source: SourceCode): boolean {
  const { overwrites } = historyOf(variable, source)
  for (const { accessPath } of overwritesBefore(use, overwrites)) {
    if (accessPath.length === 0) return true
  }
  return false
}

/** The overwrites that certainly ran when `use` is reached, the last one first. */
function* overwritesBefore(use: Node, byRow: History['overwrites']): Generator<Overwrite> {
  if (byRow.size === 0) return
  for (const around of ancestorsOf(use)) {
    if (isFunction(around)) return
    const row = byRow.get(around) ?? []
    const end = firstAfter(
      row,
      [0, row.length],
      ({ statement }) => statement.range[1] > use.range[0],
    )
    for (let index = end - 1; index >= 0; index -= 1) {
      const each = row[index]
      if (each !== undefined) yield each
    }
  }
}

function overwriteAt({ identifier }: TSESLint.Scope.Reference): Overwrite[] {
  const { place, accessPath } = placeAround(identifier)
  const action = place.parent
  const statement = action?.parent
  if (action === undefined || statement?.type !== 'ExpressionStatement') return []
  if (!ROWS.has(statement.parent.type)) return []
  if (isWipe(action, place, accessPath)) return [{ statement, accessPath: accessPath.slice(0, -1) }]
  return takesAway(action, place) ? [{ statement, accessPath }] : []
}

/** `x.a.b` around `x`, and the access path to it. */
function placeAround(node: Node, accessPath: Keys = []): { place: Node; accessPath: Keys } {
  const { parent } = node
  if (parent?.type !== 'MemberExpression' || parent.object !== node) {
    return { place: node, accessPath }
  }
  return placeAround(parent, [...accessPath, memberKey(parent) ?? EACH])
}

/** `place = …`, `delete place` */
function takesAway(action: Node, place: Node): boolean {
  return action.type === 'AssignmentExpression'
    ? action.operator === '=' && action.left === place
    : action.type === 'UnaryExpression' && action.operator === 'delete'
}

/** `bytes.fill(0)` */
function isWipe(action: Node, callee: Node, accessPath: Keys): boolean {
  return (
    action.type === 'CallExpression' &&
    action.callee === callee &&
    WIPERS.has(accessPath.at(-1) ?? '') &&
    action.arguments.every(({ type }) => type === 'Literal')
  )
}

/** Whether what `origin` gave is there before `statement` runs, and not again between it and `use`. */
function isOverwrittenBy({ node }: Origin, statement: Node, use: Node): boolean {
  if (within(node, statement)) return false
  if (enclosing(node, isFunction) !== enclosing(use, isFunction)) return false
  if (node.range[0] < statement.range[0]) return true
  if (node.range[0] < use.range[0]) return false
  for (const around of ancestorsOf(use)) {
    if (isLoop(around) && within(node, around)) return within(statement, around)
  }
  return true
}

/** The access path `lost`, from the variable, as an access path from the value of `origin`; undefined if it does not lead there. */
function accessPathFrom({ into, under = [] }: Origin, lost: Keys): Keys | undefined {
  const put = into === undefined ? [] : [into, ...under]
  const length = Math.min(put.length, lost.length)
  if (put.slice(0, length).some((key, index) => key !== lost[index])) return undefined
  return lost.slice(put.length)
}
