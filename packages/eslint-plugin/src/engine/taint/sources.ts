import { TSESLint } from '@typescript-eslint/utils'
import type { CallExpression, Identifier, Node, Property, SourceCode } from '../syntax/nodes.ts'
import { annotationOf } from '../code/annotations.ts'
import { constantText, constantValue, variableOf } from '../syntax/constants.ts'
import type { Flow, Found } from './flow.ts'
import {
  isAboutSecret,
  isNameOfFact,
  isNamingPlace,
  isSecretGiver,
  isSecretName,
} from '../naming/names.ts'
import { isEnumMember } from '../naming/enum-members.ts'
import { originsOf, parameterOf } from '../syntax/origins.ts'
import { isOverwritten, liveOrigins } from './overwrites.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { isSanitizer } from './sanitizers.ts'
import {
  holdsAllHeaders,
  isConnectionUrl,
  isPassBesideUser,
  isPassOfUser,
} from './unnamed-sources.ts'
import { isFunction, keyOf, memberKey, unwrap } from '../syntax/syntax.ts'
import { leavesOutSecret, leftOutOfWhole, type Keys } from '../graph/access-path.ts'

/** Whether `call` takes the value out of a `Secret`. Without a type for the receiver, every `.expose()` does. */
export function isExposure(call: CallExpression, flow: Flow): boolean {
  const callee = unwrap(call.callee)
  if (call.arguments.length > 0) return false
  if (callee.type === 'Identifier') return pathOf(callee, flow.source)?.endsWith('.expose') === true
  if (callee.type !== 'MemberExpression' || memberKey(callee) !== 'expose') return false
  const { types } = flow
  return types === undefined || types.isAny(callee.object) || types.isSecret(callee.object)
}

/** Whether `node` is a `Secret`, and not only something that holds one. */
export function isSecretObject(node: Node, flow: Flow): boolean {
  return flow.types === undefined
    ? flow.outside().read(node, [])?.kind === 'secret'
    : flow.types.isSecret(node)
}

/** The leak of the whole of `node` by itself, wherever its value comes from: by its type, else by its name. */
export function ownLeak(node: Node, keys: Keys, flow: Flow): Found {
  const leftOut = leftOutOfWhole(keys)
  if (leftOut === undefined || (flow.onlyExposed && flow.types !== undefined)) return undefined
  const except = leftOut.flatMap((accessPath) => (accessPath.length === 1 ? accessPath : []))
  const holds =
    flow.types === undefined ? isSecretByText(node, flow) : flow.types.holdsSecret(node, except)
  if (holds) return { kind: 'secret', source: node }
  return !leavesOutSecret(keys) && isSuspicious(node, flow)
    ? { kind: 'name', source: node }
    : undefined
}

/** The leak of what a pattern takes out of something, by its name there: `p` of `{ password: p }`. */
export function patternLeak(accessPath: Keys, use: Identifier, flow: Flow): Found {
  const name = accessPath.at(-1) ?? ''
  const leaks =
    !(flow.onlyExposed && flow.types !== undefined) &&
    isSecretName(name) &&
    flow.counts(name, use) &&
    !isSafeValue(use, flow) &&
    flow.types?.isText(use) !== false
  const bound = variableOf(use, flow.source)?.identifiers[0]?.parent
  const source = bound?.type === 'Property' ? bound.key : use
  return leaks ? { kind: 'name', source } : undefined
}

/** The leak of a property of an object literal by its name. */
export function propertyLeak(property: Property, flow: Flow): Found {
  const { key, value, computed } = property
  const name = keyOf({ key, computed }) ?? ''
  const leaks =
    (isSecretName(name) || isPassBesideUser(property)) &&
    flow.counts(name, value) &&
    !isNameOfFact(lastName(value) ?? '') &&
    !isSafeValue(value, flow) &&
    flow.types?.isText(value) !== false
  return leaks ? { kind: 'name', source: key } : undefined
}

/** Without types a `Secret` is what `Secret.of` gives, or what is annotated as one, whatever it was imported as. */
function isSecretByText(node: Node, { source }: Flow): boolean {
  const path =
    node.type === 'CallExpression'
      ? pathOf(node.callee, source)?.replace(/\.of$/, '')
      : annotationOf(node, source)
  return path !== undefined && /(?:^|[.$/])Secret$/.test(path)
}

function isSuspicious(node: Node, flow: Flow): boolean {
  const path = pathOf(node, flow.source) ?? ''
  if (path === 'process.env') return true
  if (isConnectionUrl(node, flow.source)) return flow.counts('databaseUrl', node)
  if (holdsAllHeaders(path)) return flow.counts('headers', node)
  const isCall = node.type === 'CallExpression'
  const named = isCall ? node.callee : node
  const name = lastName(named) ?? computedName(named, flow.source) ?? ''
  return (
    (isCall ? isSecretGiver(name) : isSecretName(name) || isPassOfUser(named, flow.source)) &&
    flow.counts(name, node) &&
    !isOfNamingPlace(node) &&
    !isSafeValue(node, flow) &&
    flow.types?.isText(node) !== false
  )
}

/** `password` of `user[key]`, where `key` is a constant. */
function computedName(node: Node, source: SourceCode): string | undefined {
  return node.type === 'MemberExpression' ? constantText(node.property, source) : undefined
}

/** `errors.password`, `routes.authorization`, `ErrorCode.INVALID_PASSWORD` */
function isOfNamingPlace(node: Node): boolean {
  if (node.type !== 'MemberExpression') return false
  return isNamingPlace(lastName(node.object) ?? '') || isEnumMember(node)
}

/** Values that a constant with the name of a secret may be set to, and is no secret: `const secret = kind.name`. */
const NAMING_MEMBER = /(?:^|[a-z])(?:name|label|kind|type|length|size|count|version)s?$/i

/** Whether `node` can be seen to hold no secret: a constant, a test, a function, what a sanitizer gave. */
function isSafeValue(node: Node, flow: Flow): boolean {
  const value = constantValue(node, flow.source)
  switch (value.type) {
    case 'Literal':
    case 'UnaryExpression':
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return true
    case 'TemplateLiteral':
      return value.expressions.length === 0
    case 'BinaryExpression':
      return value.operator !== '+'
    case 'ConditionalExpression':
      return isSafeValue(value.consequent, flow) && isSafeValue(value.alternate, flow)
    case 'CallExpression':
      return isSanitizer(value, flow)
    case 'Identifier':
      return isAboutSecret(value.name) || isSafeVariable(value, flow)
    case 'MemberExpression':
      return (
        isAboutSecret(memberKey(value) ?? '') ||
        (value !== unwrap(node) && NAMING_MEMBER.test(memberKey(value) ?? ''))
      )
    default:
      return false
  }
}

function isSafeVariable(identifier: Identifier, flow: Flow): boolean {
  if (identifier.name === 'undefined') return true
  const variable = variableOf(identifier, flow.source)
  const definition = variable?.defs[0]
  if (variable === undefined || definition === undefined) return false
  if (isFunction(definition.node)) {
    const isName = definition.type === TSESLint.Scope.DefinitionType.FunctionName
    if (isName || !isOverwritten(variable, identifier, flow.source)) return isName
  }
  const all = originsOf(variable, flow.source)
  const origins = liveOrigins(variable, identifier, flow.source)
  // A constant was looked through before, so a single origin is one that tells nothing, unless it has overwritten others.
  const tells = all.length > 1 || parameterOf(variable) !== undefined
  return (
    tells &&
    origins.length > 0 &&
    origins.every(({ node, keys }) => keys.length === 0 && isPlainSafe(node, flow))
  )
}

function isPlainSafe(node: Node, flow: Flow): boolean {
  return unwrap(node).type !== 'Identifier' && isSafeValue(node, flow)
}
