import type { CallExpression, Node } from '../syntax/nodes.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { constantText } from '../syntax/constants.ts'
import { keysGivenTo, mayGiveKeys } from '../key-length/given-keys.ts'
import type { LocalCode } from '../code/local-code.ts'
import { boundValues, type NamingNode } from '../code/bound-values.ts'
import { describe, lastName } from '../syntax/paths.ts'
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

/** Arguments that must be unguessable, beside keys: where they stand, and what they are. */
const ARGUMENTS: ReadonlyMap<string, readonly [index: number, what: string]> = new Map([
  ['crypto.createCipheriv', [2, 'initialization vector']],
  ['crypto.pbkdf2', [1, 'salt']],
  ['crypto.pbkdf2Sync', [1, 'salt']],
  ['crypto.scrypt', [1, 'salt']],
  ['crypto.scryptSync', [1, 'salt']],
  ['crypto.hkdf', [2, 'salt']],
  ['crypto.hkdfSync', [2, 'salt']],
])

const SECRET_MAKER = /(?:^|[./$])Secret\.of$/

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

/** Whether the file of `source` could call a function that {@link unguessableArguments} knows. */
export function mayTakeUnguessable(source: LocalCode['source']): boolean {
  return mayGiveKeys(source) || /\bSecret\b/.test(source.text)
}

/** The arguments of `call` that must be unguessable. */
export function unguessableArguments(
  call: CallExpression,
  { source }: LocalCode,
): UnguessableValue[] {
  const path = calledPath(call, source) ?? ''
  const keys = keysGivenTo(call, source).filter(({ node }) => node !== call)
  const [index, what] = ARGUMENTS.get(path) ?? (SECRET_MAKER.test(path) ? [0, 'value'] : [-1, ''])
  const other = call.arguments[index]
  const ofCallee = (value: Node, what: string) =>
    argument(value, `The ${what} of ${describe(call.callee)}`)
  return [
    ...keys.map(({ node }) => ofCallee(node, 'key')),
    ...(other === undefined ? [] : [ofCallee(other, what)]),
  ]
}

/** The value that `call` keeps under a constant name: `storage.setItem('authToken', value)`. */
export function unguessableKept(call: CallExpression, { source }: LocalCode): UnguessableValue[] {
  if (!KEEPS.test(lastName(call.callee) ?? '')) return []
  const at = call.arguments.findIndex((given) => constantText(given, source) !== undefined)
  const name = constantText(call.arguments[at], source)
  const value = call.arguments[at + 1]
  if (name === undefined || value === undefined || !isUnguessableName(name)) return []
  if (value.type === 'ObjectExpression') return []
  return [{ ...argument(value, name), isNumbering: isNumberingName(name) }]
}

function argument(value: Node, what: string): UnguessableValue {
  return { value, what, isPart: false, isNumbering: false }
}
