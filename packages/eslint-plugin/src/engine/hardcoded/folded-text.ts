import type { CallExpression, Identifier, Node, SourceCode, Variable } from '../syntax/nodes.ts'
import { perFile } from '../per-file.ts'
import {
  constantValue,
  filledText,
  type Fold,
  foldText,
  textsOf,
  variableOf,
} from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { type CallNode, memberKey, propertiesOf, unwrap } from '../syntax/syntax.ts'
import { codeOf } from '../code/code-of.ts'
import { ofFunction } from '../graph/calls.ts'
import { isSame } from '../graph/step.ts'

const ENCODINGS: ReadonlySet<string> = new Set(['base64', 'base64url', 'hex'])
const PRINTABLE = /^[\t\n\r\x20-\x7e]+$/

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
export const foldedText = (node: Node | undefined, source: SourceCode): string | undefined =>
  foldText(node, source, (value, fold) => {
    switch (value.type) {
      case 'CallExpression':
        return foldedCall(value, source, fold)
      case 'TaggedTemplateExpression':
        return pathOf(value.tag, source) === 'String.raw'
          ? filledText(value.quasi, fold, 'raw')
          : undefined
      case 'NewExpression':
        return keptText(value, source, fold)
      case 'MemberExpression': {
        const object = constantValue(value.object, source)
        const [property] =
          object.type === 'ObjectExpression' ? propertiesOf(object, memberKey(value) ?? '') : []
        return fold(property)
      }
      case 'Identifier':
        return grownText(value, source, fold)
      default:
        return undefined
    }
  })

function foldedCall(call: CallExpression, source: SourceCode, fold: Fold) {
  const [first, second] = call.arguments
  const path = pathOf(call.callee, source) ?? ''
  if (path === 'String.fromCharCode') return textOfCodes(call.arguments)
  const known = FUNCTIONS.get(path)
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
      return textsOf([callee.object, ...call.arguments], fold)?.join('')
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
  const [step] = ofFunction(call, [], codeOf(source)) ?? []
  if (step === undefined || !isSame(step)) return undefined
  return fold(step.node) ?? textOfBytes(constantValue(step.node, source))
}

/** The text of bytes that are written as numbers. */
function textOfBytes(node: Node): string | undefined {
  return node.type === 'ArrayExpression' ? textOfCodes(node.elements) : undefined
}

function textOfCodes(nodes: readonly (Node | null)[]): string | undefined {
  const codes = nodes.map((each) => (each?.type === 'Literal' ? each.value : undefined))
  const isText = codes.length > 0 && codes.every((code) => typeof code === 'number')
  return isText ? String.fromCharCode(...codes) : undefined
}

/** The texts in an array literal, or of a text that is split. */
function partsOf(node: Node, source: SourceCode, fold: Fold): readonly string[] | undefined {
  const value = constantValue(node, source)
  if (value.type === 'ArrayExpression') return textsOf(value.elements, fold)
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
  return parts && textsOf(parts, fold)?.join('')
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
