import type { Node, SourceCode } from '../syntax/nodes.ts'
import { stepsFrom } from '../graph/steps.ts'
import { provenanceOf } from '../graph/walks.ts'
import { constantNumber } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { ancestorsOf, unwrap, within } from '../syntax/syntax.ts'

/** An expression of `node:crypto` in place of one that can be guessed. */
export interface Replacement {
  readonly node: Node
  readonly text: string
  /** The import from `node:crypto`. */
  readonly name: 'randomBytes' | 'randomInt'
}

/** The numbers from `least` on, `count` of them. */
interface Range {
  readonly least: Node | undefined
  readonly count: Node
}

/** Calls that make a text of something else. */
const MAKES_TEXT = /^(?:toString|String|btoa|join|toFixed)$/

/** The replacement of `value`, or of the part of it around the source at `place`, if one expression will do. */
export function secureReplacement(
  value: Node,
  place: Node,
  code: LocalCode,
): Replacement | undefined {
  const { source } = code
  if (!isRandom(place, source)) return undefined
  for (const node of ancestorsOf(place)) {
    const floored = flooredBy(node, source)
    const range = floored && rangeOf(floored, source)
    const text = range && textOfRange(range, source)
    if (text !== undefined) return { node, text, name: 'randomInt' }
  }
  if (!isTextOfRandom(value, code)) return undefined
  return { node: value, text: "randomBytes(32).toString('base64url')", name: 'randomBytes' }
}

function isRandom(node: Node, source: SourceCode): boolean {
  return pathOf(node, source) === 'Math.random()'
}

/** Whether `value` is a text made of nothing but `Math.random` and constants, all of it written there. */
function isTextOfRandom(value: Node, code: LocalCode): boolean {
  const parts = [...provenanceOf(value, code)]
  const leaves = parts.filter(
    (part) =>
      part.type === 'MemberExpression' || stepsFrom({ node: part, keys: [] }, code) === undefined,
  )
  return (
    parts.every((part) => within(part, value)) &&
    leaves.every((leaf) => leaf.type === 'Literal' || isRandom(leaf, code.source)) &&
    parts.some(
      (part) =>
        part.type === 'TemplateLiteral' ||
        (part.type === 'CallExpression' && MAKES_TEXT.test(lastName(part) ?? '')),
    )
  )
}

/** The expression that `node` makes a whole number of: `Math.floor(it)`, `it | 0`. */
function flooredBy(node: Node, source: SourceCode): Node | undefined {
  if (node.type === 'BinaryExpression') {
    return node.operator === '|' && constantNumber(node.right, source) === 0 ? node.left : undefined
  }
  const isFloor = node.type === 'CallExpression' && pathOf(node.callee, source) === 'Math.floor'
  return isFloor ? node.arguments[0] : undefined
}

/** The range of `Math.random() * count` and `least + Math.random() * count`. */
function rangeOf(outer: Node, source: SourceCode): Range | undefined {
  const node = unwrap(outer)
  if (node.type !== 'BinaryExpression') return undefined
  const { operator, left, right } = node
  if (operator === '*') {
    const count = isRandom(left, source) ? right : isRandom(right, source) ? left : undefined
    return count && { least: undefined, count }
  }
  if (operator !== '+') return undefined
  const [fromLeft, fromRight] = [rangeOf(left, source), rangeOf(right, source)]
  const range = fromLeft ?? fromRight
  if (range === undefined || range.least !== undefined) return undefined
  return { count: range.count, least: fromLeft === undefined ? left : right }
}

function textOfRange({ least, count }: Range, source: SourceCode): string | undefined {
  const [from, size] = [least && constantNumber(least, source), constantNumber(count, source)]
  if (size !== undefined && !Number.isInteger(size)) return undefined
  if (least === undefined) return `randomInt(${String(size ?? source.getText(count))})`
  if (from !== undefined && size !== undefined) {
    return Number.isInteger(from) ? `randomInt(${String(from)}, ${String(from + size)})` : undefined
  }
  const [start, length] = [source.getText(least), source.getText(count)]
  return `randomInt(${start}, ${start} + (${length}))`
}
