import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from '../syntax/nodes.ts'
import type { Keys } from './flow.ts'
import { perFile } from '../per-file.ts'
import { type Origin, originsAt } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
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
const ROWS: ReadonlySet<string> = new Set([
  'BlockStatement',
  'Program',
  'StaticBlock',
  'SwitchCase',
])

/** Where the value that `variable` has at `use` may come from, apart from parameters: not from what is overwritten by then. */
export function liveOrigins(variable: Variable, use: Node, source: SourceCode): LiveOrigin[] {
  const overwrites = overwritesBefore(variable, use, source)
  return originsAt(variable, use, source).flatMap((origin) => {
    const losses = overwrites
      .filter(({ statement }) => isOverwrittenBy(origin, statement, use))
      .map(({ accessPath }) => accessPathFrom(origin, accessPath))
    if (losses.some((accessPath) => accessPath?.length === 0)) return []
    const never = origin.except.map((key) => [key])
    return [
      { ...origin, lost: [...never, ...losses.filter((accessPath) => accessPath !== undefined)] },
    ]
  })
}

/** Whether `variable`, a parameter, has certainly lost what it was called with when `use` reads it. */
export function isOverwritten(variable: Variable, use: Node, source: SourceCode): boolean {
  return overwritesBefore(variable, use, source).some(({ accessPath }) => accessPath.length === 0)
}

/** The overwrites that certainly ran when `use` is reached. */
function overwritesBefore(variable: Variable, use: Node, source: SourceCode): Overwrite[] {
  return overwritesOf(variable, source).filter(
    ({ statement }) =>
      statement.range[1] <= use.range[0] &&
      within(use, statement.parent ?? statement) &&
      enclosing(use, isFunction) === enclosing(statement, isFunction),
  )
}

const overwritesOf = perFile(({ references }: Variable): readonly Overwrite[] =>
  references.flatMap(overwriteAt),
)

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
