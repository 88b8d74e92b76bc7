import type { CallExpression, Node } from '../syntax/nodes.ts'
import { isPick } from '../graph/steps.ts'
import { provenanceOf } from '../graph/walks.ts'
import type { LocalCode } from '../code/local-code.ts'
import { isSetting } from '../naming/name-policy.ts'
import { constantText, variableOf } from '../syntax/constants.ts'
import { parameterOf } from '../syntax/origins.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'

/** Values that a request brings along, by the name of its part, or by what holds it. */
const PRESENTED = new RegExp(
  [
    '[.$](?:headers|body|query|params|cookies|searchParams|queryStringParameters)\\b',
    '^\\$(?:req|request|event|message|msg|dto|payload|credentials|formData)\\.',
  ].join('|'),
)

/** Methods that read a part of a request by its name, whatever they are called on: `request.header('x-api-key')`. */
const READS_PART = /^(?:header|getHeader|param|query)$/

/** Objects that `get` reads a part of a request from: `headers.get('x-api-key')`, `request.get('x-api-key')`. */
const HOLDS_PARTS = /(?:headers?|query|params|cookies?|form(?:data)?|^req|^request|^c|^ctx)$/i

/** Whether `call` reads by a constant name: `headers.get('x-api-key')`, `config.get('apiKey')`. */
export function isGetter({ callee, arguments: given }: CallExpression): boolean {
  const bare = unwrap(callee)
  if (bare.type !== 'MemberExpression' || given.length !== 1) return false
  const method = memberKey(bare) ?? ''
  return method === 'get' || READS_PART.test(method)
}

/** Whether `node` is a part of a request. */
export function isPresented(node: Node, { source }: LocalCode): boolean {
  if (node.type !== 'CallExpression') return PRESENTED.test(pathOf(node, source) ?? '')
  const callee = unwrap(node.callee)
  if (callee.type !== 'MemberExpression' || !isGetter(node)) return false
  if (constantText(node.arguments[0], source) === undefined) return false
  return memberKey(callee) === 'get' ? HOLDS_PARTS.test(lastName(callee.object) ?? '') : true
}

/**
 * Whether one of the two values comes from outside: in a request, or as an argument of a function that the file
 * does not hand on as a callback. A variable of the environment counts unless the other value is a setting too.
 */
export function isOneFromOutside(sides: readonly [Node, Node], code: LocalCode): boolean {
  const parts = sides.map((side) => [...provenanceOf(side, code, isOpen)])
  if (parts.flat().some((part) => isPresented(part, code) || isArgument(part, code))) return true
  const settings = parts.map((side) => side.filter((part) => isSetting(part, code.source)))
  const [own, ...others] = settings.filter((found) => found.length > 0)
  return others.length === 0 && own?.some((part) => isOfEnvironment(part, code)) === true
}

/** Whether to look where `node` comes from: a field of the object did not come with this call. */
function isOpen(node: Node): boolean {
  const isField = node.type === 'MemberExpression' && node.object.type === 'ThisExpression'
  return !isField || isPick(node)
}

function isArgument(node: Node, { source }: LocalCode): boolean {
  const variable = node.type === 'Identifier' ? variableOf(node, source) : undefined
  const parameter = variable && parameterOf(variable)
  return parameter !== undefined && parameter.owner.parent.type !== 'CallExpression'
}

function isOfEnvironment(node: Node, { source }: LocalCode): boolean {
  return /^(?:process|Bun|Deno|import\.meta)\.env\b/.test(pathOf(node, source) ?? '')
}
