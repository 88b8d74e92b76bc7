import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantText, variableOf } from '../syntax/constants.ts'
import { takenBy } from '../graph/taken-values.ts'
import type { LocalCode } from '../code/local-code.ts'
import { boundValues, type NamingNode } from '../code/bound-values.ts'
import { originsOf } from '../syntax/origins.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { EACH } from '../syntax/patterns.ts'
import { wordsOf } from '../naming/names.ts'
import { type CallNode, type FunctionNode, isFunction } from '../syntax/syntax.ts'
import { isNumberingName, isUnguessableGiver, isUnguessableName } from './unguessable-names.ts'

/** A value that must be unguessable. */
export interface UnguessableValue {
  readonly value: Node
  /** How messages call it. */
  readonly what: string
  /** Whether it is only a part, of which many make the whole. */
  readonly isPart: boolean
  /** Whether numbers there are mostly no secrets. */
  readonly isNumbering: boolean
}

/** Kinds of taken values that must be unguessable, and how messages call them. */
const UNGUESSABLE: ReadonlyMap<string, string> = new Map([
  ['key', 'key'],
  ['token', 'value'],
  ['password', 'password'],
  ['passphrase', 'passphrase'],
  ['salt', 'salt'],
  ['iv', 'initialization vector'],
])

/** Functions that keep their last argument but options under the name before it: `response.cookie(name, value)`. */
const KEEPS = /^(?:set|setItem|put|cookie|setCookie|setSignedCookie|header|setHeader)$/

/** The value that `node` keeps, if it must be unguessable: by its name, or since it is one of `further` names. */
export function unguessableNamed(
  node: NamingNode,
  code: LocalCode,
  further: ReadonlySet<string>,
): UnguessableValue[] {
  const isUnguessable = (name: string, isResult: boolean) =>
    (isResult ? isUnguessableGiver(name) : isUnguessableName(name)) || further.has(name)
  return boundValues(node, code, isUnguessable).map(({ name, value, isAdded }) => ({
    value,
    what: name,
    isPart: isAdded,
    isNumbering: isNumberingName(name),
  }))
}

/** The arguments of `call` that must be unguessable. */
export function unguessableArguments(call: CallNode, { source }: LocalCode): UnguessableValue[] {
  return takenBy(call, source).flatMap(({ node, kind }) => {
    const what = UNGUESSABLE.get(kind)
    if (what === undefined) return []
    return [argument(node, `The ${what} of ${describe(call.callee)}`)]
  })
}

/** First words of methods that keep what they are given: `user.setPassword(value)`. */
const SETTERS: ReadonlySet<string> = new Set(['set', 'update', 'change', 'assign', 'save', 'store'])

/** The arguments of `call` that must be unguessable by the names of parameters, or by that of a setter. */
export function unguessableByParameter(call: CallNode, code: LocalCode): UnguessableValue[] {
  const owner = functionRun(call, code)
  if (owner !== undefined) {
    return owner.params.flatMap((parameter, index) => {
      const name = lastName(
        parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter,
      )
      const value = call.arguments[index]
      const isWanted = name !== undefined && isUnguessableName(name) && !isNumberingName(name)
      if (!isWanted || value === undefined || isRecord(value, code)) return []
      return [argument(value, name)]
    })
  }
  const [verb = '', ...rest] = wordsOf(lastName(call.callee) ?? '')
  const name = rest.join('-')
  const [value, second] = call.arguments
  // Of several the first may be the token, and another its end.
  if (value === undefined || second !== undefined || !SETTERS.has(verb) || !isUnguessableName(name))
    return []
  if (isRecord(value, code)) return []
  return [{ ...argument(value, name), isNumbering: isNumberingName(name) }]
}

/** The function or constructor of this file that `call` runs. */
function functionRun(call: CallNode, code: LocalCode): FunctionNode | undefined {
  if (call.type === 'CallExpression') return code.functionOf(call.callee)
  const owner = code.constructed(call)
  const own = owner?.body.body.find(
    (member) => member.type === 'MethodDefinition' && member.kind === 'constructor',
  )
  return own?.type === 'MethodDefinition' && isFunction(own.value) ? own.value : undefined
}

/** The value that `call` keeps under a constant name: `storage.setItem('authToken', value)`. */
export function unguessableKept(call: CallExpression, code: LocalCode): UnguessableValue[] {
  const { source } = code
  if (!KEEPS.test(lastName(call.callee) ?? '')) return []
  const at = call.arguments.findIndex((given) => constantText(given, source) !== undefined)
  const name = constantText(call.arguments[at], source)
  const value = call.arguments[at + 1]
  if (name === undefined || value === undefined || !isUnguessableName(name)) return []
  if (isRecord(value, code)) return []
  return [{ ...argument(value, name), isNumbering: isNumberingName(name) }]
}

/** The end of the text before a value that is filled in: `&state=`. */
const PARAMETER = /(?:^|[?&])([\w-]{1,40})=$/
/** RFC 6749, section 10.12: the state of a request for authorization must not be guessed. */
const ASKS_TO_AUTHORIZE = /[?&]client_id=|authori[sz]e/

/** The values of parameters in the URL that `template` makes, of those that must be unguessable by their names. */
export function unguessableParameters({ expressions, quasis }: TSESTree.TemplateLiteral) {
  const asks = quasis.some(({ value }) => ASKS_TO_AUTHORIZE.test(value.raw))
  return expressions.flatMap((value, index): UnguessableValue[] => {
    const [, name = ''] = PARAMETER.exec(quasis[index]?.value.raw ?? '') ?? []
    if (!isUnguessableName(name) && !(asks && name === 'state')) return []
    return [{ ...argument(value, name), isNumbering: isNumberingName(name) }]
  })
}

/** Whether `node` has named parts, of which each may be guessed or not: `session.expires = Date.now()`. */
function isRecord(node: Node, { source }: LocalCode): boolean {
  if (node.type === 'ObjectExpression') return true
  const variable = node.type === 'Identifier' ? variableOf(node, source) : undefined
  if (variable === undefined) return false
  return originsOf(variable, source).some(
    ({ into }) => into !== undefined && into !== EACH && !/^\d+$/.test(into),
  )
}

function argument(value: Node, what: string): UnguessableValue {
  return { value, what, isPart: false, isNumbering: false }
}
