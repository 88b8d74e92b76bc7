import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Identifier, Node, SourceCode, Variable } from '../syntax/nodes.ts'
import { perFile } from '../per-file.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { type CallNode, memberKey, propertiesOf, unwrap } from '../syntax/syntax.ts'
import { modelsOf } from '../../models/models-of.ts'

/** Names and calls in each other: code hides no text further than this, and a variable may be defined by itself. */
const MAX_HOPS = 10

const ENCODINGS: ReadonlySet<string> = new Set(['base64', 'base64url', 'hex'])
const PRINTABLE = /^[\t\n\r\x20-\x7e]+$/

type Fold = (node: Node | undefined) => string | undefined

/** Functions whose result is text, or bytes of it, that can be worked out from their first argument. */
const FUNCTIONS: ReadonlyMap<string, (text: string, encoding: string | undefined) => string> =
  new Map([
    ['Buffer.from', decoded],
    ['buffer.Buffer.from', decoded],
    ['atob', (text) => decoded(text, 'base64')],
    ['btoa', (text) => encoded(text, 'base64')],
    ['base-64.encode', (text) => encoded(text, 'base64')],
    ['js-base64.encode', (text) => encoded(text, 'base64')],
    ['js-base64.Base64.encode', (text) => encoded(text, 'base64')],
  ])

/** The text that `node` is, also added, joined, appended, decoded or encoded, through constants and their properties. */
export function foldedText(
  node: Node | undefined,
  source: SourceCode,
  hops = 0,
): string | undefined {
  if (node === undefined || hops > MAX_HOPS) return undefined
  const value = constantValue(node, source)
  const next = value === unwrap(node) ? hops : hops + 1
  const fold: Fold = (inner) => foldedText(inner, source, next)
  switch (value.type) {
    case 'Literal':
      return typeof value.value === 'string' ? value.value : undefined
    case 'BinaryExpression':
      return value.operator === '+' ? addedText(value, fold) : undefined
    case 'TemplateLiteral':
      return filledText(value, fold)
    case 'CallExpression':
      return foldedCall(value, source, (inner) => foldedText(inner, source, next + 1))
    case 'NewExpression':
      return keptText(value, source, (inner) => foldedText(inner, source, next + 1))
    case 'MemberExpression': {
      const object = constantValue(value.object, source)
      if (object.type !== 'ObjectExpression') return undefined
      const [property] = propertiesOf(object, memberKey(value) ?? '')
      return foldedText(property, source, next + 1)
    }
    case 'Identifier':
      return grownText(value, source, (inner) => foldedText(inner, source, next + 1))
    default:
      return undefined
  }
}

function addedText({ left, right }: TSESTree.BinaryExpression, fold: Fold): string | undefined {
  // The right side first: it is short, where the left one may be a long chain.
  const end = fold(right)
  const start = end === undefined ? undefined : fold(left)
  return start === undefined || end === undefined ? undefined : start + end
}

function filledText({ expressions, quasis }: TSESTree.TemplateLiteral, fold: Fold) {
  const filled = allOf(expressions, fold)
  return (
    filled &&
    quasis.map(({ value }, index) => `${value.cooked ?? ''}${filled[index] ?? ''}`).join('')
  )
}

function foldedCall(call: CallExpression, source: SourceCode, fold: Fold) {
  const [first, second] = call.arguments
  const known = FUNCTIONS.get(pathOf(call.callee, source) ?? '')
  const text = known && fold(first)
  if (known !== undefined && text !== undefined) return known(text, fold(second))
  const kept = keptText(call, source, fold)
  const callee = unwrap(call.callee)
  if (kept !== undefined || callee.type !== 'MemberExpression') return kept
  switch (memberKey(callee)) {
    case 'join': {
      const between = first === undefined ? ',' : fold(first)
      return between === undefined ? undefined : partsOf(callee.object, source, fold)?.join(between)
    }
    case 'concat':
      return allOf([callee.object, ...call.arguments], fold)?.join('')
    case 'toString': {
      const text = fold(callee.object)
      return text && encoded(text, fold(first))
    }
    case 'trim':
    case 'valueOf':
      return fold(callee.object)
    default:
      return undefined
  }
}

/** The text that a function or class of the models is given, and keeps in another form: `new Buffer('x')`. */
function keptText(call: CallNode, source: SourceCode, fold: Fold): string | undefined {
  const path = calledPath(call, source)?.replace(/^new /, '') ?? ''
  if (modelsOf(source).givenBy(path)?.kind !== 'same') return undefined
  const [first] = call.arguments
  return fold(first) ?? (first && textOfBytes(constantValue(first, source)))
}

/** The text of bytes that are written as numbers. */
function textOfBytes(node: Node): string | undefined {
  if (node.type !== 'ArrayExpression' || node.elements.length === 0) return undefined
  const bytes = node.elements.map((each) => (each?.type === 'Literal' ? each.value : undefined))
  const isBytes = bytes.every((byte) => typeof byte === 'number')
  return isBytes ? String.fromCharCode(...bytes) : undefined
}

/** The texts in an array literal, or of a text that is split. */
function partsOf(node: Node, source: SourceCode, fold: Fold): readonly string[] | undefined {
  const value = constantValue(node, source)
  if (value.type === 'ArrayExpression') return allOf(value.elements, fold)
  const callee = value.type === 'CallExpression' ? unwrap(value.callee) : undefined
  if (callee?.type !== 'MemberExpression') return undefined
  const method = memberKey(callee)
  if (method === 'reverse') return partsOf(callee.object, source, fold)?.toReversed()
  const given = value.type === 'CallExpression' ? fold(value.arguments[0]) : undefined
  return method === 'split' && given !== undefined ? fold(callee.object)?.split(given) : undefined
}

/** The text of a variable that begins with one, and to which only others are added: `text += 'x'`. */
function grownText(identifier: Identifier, source: SourceCode, fold: Fold) {
  const variable = variableOf(identifier, source)
  const parts = variable && grownParts(variable, source)
  return parts && allOf(parts, fold)?.join('')
}

const grownParts = perFile(
  ({ references, defs }: Variable): readonly (Node | null)[] | undefined => {
    const writes = references.filter((reference) => reference.isWrite())
    const isGrown = writes.every(
      ({ init, identifier: { parent } }) => init === true || isAddition(parent),
    )
    if (defs.length !== 1 || writes.length < 2 || !isGrown) return undefined
    return writes.map(({ writeExpr }) => writeExpr ?? null)
  },
)

function isAddition(node: Node): boolean {
  return node.type === 'AssignmentExpression' && node.operator === '+='
}

function decoded(text: string, encoding: string | undefined): string {
  if (encoding === undefined || !ENCODINGS.has(encoding)) return text
  const plain = Buffer.from(text, encoding as BufferEncoding).toString()
  // Bytes that are no text look as random as before, and are better judged in the form that was written.
  return PRINTABLE.test(plain) ? plain : text
}

function encoded(text: string, encoding: string | undefined): string {
  return encoding !== undefined && ENCODINGS.has(encoding)
    ? Buffer.from(text).toString(encoding as BufferEncoding)
    : text
}

/** The texts of all `nodes`, or undefined as soon as one is none. */
function allOf(nodes: readonly (Node | null)[], fold: Fold): string[] | undefined {
  const texts: string[] = []
  for (const node of nodes) {
    const text = fold(node ?? undefined)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return texts
}
