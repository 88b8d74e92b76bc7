import type { Node } from '../syntax/nodes.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { provenanceOf } from '../graph/walks.ts'
import { constantNumber, constantText, constantValue, variableOf } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { isOfConstants } from '../naming/enum-members.ts'
import { isKeyName } from '../naming/names.ts'
import { originsOf, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { RECEIVER_CALLBACKS } from '../taint/receiver-callbacks.ts'
import { isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import {
  isHarmlessName,
  isSecretList,
  type NameStrength,
  strengthOfName,
} from './compared-names.ts'
import { isGetter, isPresented } from './outside-values.ts'
import { usesOf } from '../code/callers.ts'

/** Evidence of the names in a compared expression about its value. */
export interface NameEvidence {
  readonly strength: NameStrength | undefined
  /** The node with the name. */
  readonly source: Node
  /** Whether it comes with a request. */
  readonly isPresented: boolean
}

/** Functions that give the code of a message under a key. That has to be guessed, independent of its name. */
const MAC = /^crypto\.createHmac\(\).*\.digest$|^crypto\.subtle\.sign$|^crypto-js\b.*hmac[\w-]*$/i

/** The place in `node` that computes the code of a message under a key. */
export function macIn(node: Node, code: LocalCode): Node | undefined {
  for (const part of provenanceOf(node, code)) {
    const isCall = part.type === 'CallExpression'
    if (isCall && MAC.test(calledPath(part, code.source) ?? '')) return part
  }
  return undefined
}

/** Reads the evidence of the names in `node`. */
export function nameEvidence(node: Node, code: LocalCode): NameEvidence {
  let best: NameEvidence = { strength: undefined, source: unwrap(node), isPresented: false }
  const isEntered = (each: Node) =>
    !isHarmlessName(nameOf(each, code) ?? '') && !isSnapshot(each, code)
  for (const part of provenanceOf(node, code, isEntered)) {
    const hashed = hashedIn(part, code)
    const strength = isElementOfSecrets(part, code) ? 'strong' : strengthOf(hashed ?? part, code)
    const comesAlong = best.isPresented || isPresented(part, code)
    const isBetter = best.strength === undefined || strength === 'strong'
    best = {
      ...(isBetter && strength ? { strength, source: part } : best),
      isPresented: comesAlong,
    }
    if (strength === 'strong') break
  }
  return best
}

/** Whether `node` writes a whole structure down, as is done to see whether it has changed. */
function isSnapshot(node: Node, { source }: LocalCode): boolean {
  return node.type === 'CallExpression' && SNAPSHOTS.test(pathOf(node.callee, source) ?? '')
}

const SNAPSHOTS = /^(?:JSON\.stringify|util\.inspect)$/

/** The text of which `node` makes a digest: `token` of `createHash('sha256').update(token).digest('hex')`. */
function hashedIn(node: Node, code: LocalCode): Node | undefined {
  if (node.type !== 'CallExpression') return undefined
  const callee = unwrap(node.callee)
  if (callee.type === 'MemberExpression' && memberKey(callee) === 'digest') {
    return hashedIn(callee.object, code)
  }
  const isHash = /^(?:update|hash|hash(?:ed)?[A-Z]\w*|sha\d*|md5)$/.test(lastName(callee) ?? '')
  const given = isHash
    ? node.arguments.find((each) => strengthOf(each, code) !== undefined)
    : undefined
  return given && unwrap(given)
}

/** The name by which `node` is known: of a variable, a property, a header. */
export function nameOf(node: Node, code: LocalCode): string | undefined {
  const bare = unwrap(node)
  if (bare.type !== 'CallExpression') return lastName(bare)
  return isGetter(bare) ? constantText(bare.arguments[0], code.source) : undefined
}

/** Whether `node` is a list of the secrets of those who may come in, by its name or that of what it was made of. */
export function isListOfSecrets(node: Node, code: LocalCode): boolean {
  for (const part of provenanceOf(node, code)) {
    if (isSecretList(lastName(part) ?? '')) return true
  }
  return false
}

/** Lists in lists: the search ends at this depth, as a list may be an element of itself, as in `all = [all]`. */
const MAX_DEPTH = 4

/** Whether `node` can be seen to hold no secret: a constant, a test, a number, an object. */
export function isKnownValue(node: Node, code: LocalCode, depth = 0): boolean {
  const { source } = code
  if (constantText(node, source) !== undefined || constantNumber(node, source) !== undefined) {
    return true
  }
  const value = constantValue(node, source)
  switch (value.type) {
    case 'Literal':
    case 'UnaryExpression':
    case 'ObjectExpression':
    case 'NewExpression':
    case 'ThisExpression':
      return true
    case 'ArrayExpression':
      return (
        depth < MAX_DEPTH &&
        value.elements.every((each) => each === null || isKnownValue(each, code, depth + 1))
      )
    case 'BinaryExpression':
      return value.operator !== '+'
    case 'CallExpression':
      return /^(?:Symbol|Symbol\.for|Boolean|Number|BigInt|(?:Number\.)?parse(?:Int|Float))$/.test(
        pathOf(value.callee, source) ?? '',
      )
    case 'Identifier':
      return value.name === 'undefined' || isConstantName(value.name)
    case 'MemberExpression':
      return memberKey(value) === 'length' || isOfConstants(value)
    default:
      return isFunction(value)
  }
}

/** `CLOSE_PAREN` and `TOKEN`, but not `API_KEY`. */
function isConstantName(name: string): boolean {
  return /^[A-Z][A-Z\d_]*$/.test(name) && strengthOfName(name) !== 'strong' && !isSecretList(name)
}

function strengthOf(node: Node, code: LocalCode): NameStrength | undefined {
  const name = nameOf(node, code)
  const own = name === undefined ? undefined : strengthOfName(name)
  const isRead = node.type === 'Identifier' || node.type === 'MemberExpression'
  if (own === 'strong' || !isRead) return own
  const path = pathOf(node, code.source)?.split('.') ?? []
  const read = path.at(-1) ?? ''
  const isSetting = path[0] === 'process' && path[1] === 'env'
  if (isSetting && (isKeyName(read) || strengthOfName(read) !== undefined)) return 'strong'
  return strengthOfName(read) ?? own
}

/** Whether `node` is a variable for the elements of a list of secrets: `apiKeys.find((one) => …)`. */
function isElementOfSecrets(node: Node, code: LocalCode): boolean {
  if (node.type !== 'Identifier') return false
  const variable = variableOf(node, code.source)
  if (variable === undefined) return false
  const loops = originsOf(variable, code.source).filter(
    ({ keys }) => keys.length === 1 && keys[0] === EACH,
  )
  if (loops.some((loop) => isListOfSecrets(loop.node, code))) return true
  const parameter = parameterOf(variable)
  if (parameter === undefined || parameter.index > 0 || parameter.keys.length > 0) return false
  return usesOf(parameter.owner, code.source).some(({ parent }) => {
    const callee = parent?.type === 'CallExpression' ? unwrap(parent.callee) : parent
    return (
      callee?.type === 'MemberExpression' &&
      (RECEIVER_CALLBACKS.has(memberKey(callee) ?? '') || memberKey(callee) === 'findIndex') &&
      isListOfSecrets(callee.object, code)
    )
  })
}
