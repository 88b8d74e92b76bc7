import { AST_NODE_TYPES, TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantValue, variableOf } from './constants.ts'
import type { Flow, Leak } from './flow.ts'
import { isSecretGiver, isSecretName, wordsOf } from './names.ts'
import { originsOf } from './origins.ts'
import { lastName, pathOf } from './paths.ts'
import { isFunction, keyOf, memberKey, unwrap } from './syntax.ts'

/** Whether `call` takes the value out of a `Secret`. Without a type for the receiver, every `.expose()` does. */
export function isExposure(call: TSESTree.CallExpression, flow: Flow): boolean {
  const callee = unwrap(call.callee)
  if (callee.type !== AST_NODE_TYPES.MemberExpression || memberKey(callee) !== 'expose')
    return false
  if (call.arguments.length > 0) return false
  const { types } = flow
  return types === undefined || types.isAny(callee.object) || types.isSecret(callee.object)
}

/** Whether `node` is a `Secret`, and not only something that holds one. */
export function isSecretObject(node: TSESTree.Node, flow: Flow): boolean {
  return flow.types === undefined
    ? flow.read(node, [], undefined)?.kind === 'secret'
    : flow.types.isSecret(node)
}

/** What `node` gives away by itself, wherever its value comes from: by its type, else by its name. */
export function ownLeak(node: TSESTree.Node, flow: Flow): Leak | undefined {
  const holds = flow.types === undefined ? isSecretByText(node, flow) : flow.types.holdsSecret(node)
  if (holds) return { kind: 'secret', source: node }
  return isSuspicious(node, flow) ? { kind: 'name', source: node } : undefined
}

/** What a property of an object literal gives away by its name. */
export function propertyLeak({ key, value, computed }: TSESTree.Property, flow: Flow) {
  const leaks =
    isSecretName(keyOf({ key, computed }) ?? '') &&
    !isSafeValue(value, flow) &&
    flow.types?.isText(value) !== false
  return leaks ? ({ kind: 'name', source: key } satisfies Leak) : undefined
}

/** Without types a `Secret` is what `Secret.of` gives, or what is annotated as one, whatever it was imported as. */
function isSecretByText(node: TSESTree.Node, { source }: Flow): boolean {
  if (node.type === AST_NODE_TYPES.CallExpression) {
    return isNamedSecret(pathOf(node.callee, source)?.replace(/\.of$/, ''))
  }
  if (node.type !== AST_NODE_TYPES.Identifier) return false
  const name = variableOf(node, source)?.defs[0]?.name
  if (name?.type !== AST_NODE_TYPES.Identifier) return false
  const annotation = name.typeAnnotation?.typeAnnotation
  if (annotation?.type !== AST_NODE_TYPES.TSTypeReference) return false
  const { typeName } = annotation
  return (
    typeName.type === AST_NODE_TYPES.Identifier &&
    (isNamedSecret(pathOf(typeName, source)) || typeName.name === 'Secret')
  )
}

function isNamedSecret(path: string | undefined): boolean {
  return path !== undefined && /(?:^|[.$/])Secret$/.test(path)
}

function isSuspicious(node: TSESTree.Node, flow: Flow): boolean {
  if (pathOf(node, flow.source) === 'process.env') return true
  const isNamed =
    node.type === AST_NODE_TYPES.CallExpression
      ? isSecretGiver(lastName(node.callee) ?? '')
      : isSecretName(lastName(node) ?? '')
  return isNamed && !isSafeValue(node, flow) && flow.types?.isText(node) !== false
}

/** Whether `node` can be seen to hold no secret: a constant, a test, a function, what a sanitizer gave. */
function isSafeValue(node: TSESTree.Node, flow: Flow): boolean {
  const value = constantValue(node, flow.source)
  switch (value.type) {
    case AST_NODE_TYPES.Literal:
    case AST_NODE_TYPES.UnaryExpression:
    case AST_NODE_TYPES.ArrowFunctionExpression:
    case AST_NODE_TYPES.FunctionExpression:
      return true
    case AST_NODE_TYPES.TemplateLiteral:
      return value.expressions.length === 0
    case AST_NODE_TYPES.BinaryExpression:
      return value.operator !== '+'
    case AST_NODE_TYPES.ConditionalExpression:
      return isSafeValue(value.consequent, flow) && isSafeValue(value.alternate, flow)
    case AST_NODE_TYPES.CallExpression:
      return isSanitizer(value, flow)
    case AST_NODE_TYPES.Identifier:
      return isSafeVariable(value, flow)
    default:
      return false
  }
}

function isSafeVariable(identifier: TSESTree.Identifier, flow: Flow): boolean {
  if (identifier.name === 'undefined') return true
  const variable = variableOf(identifier, flow.source)
  const definition = variable?.defs[0]
  if (variable === undefined || definition === undefined) return false
  if (isFunction(definition.node)) {
    return definition.type === TSESLint.Scope.DefinitionType.FunctionName
  }
  const origins = originsOf(variable)
  // A constant was looked through before, so a single origin is one that tells nothing.
  return (
    origins.length > 1 &&
    origins.every(({ node, keys }) => keys.length === 0 && isPlainSafe(node, flow))
  )
}

function isPlainSafe(node: TSESTree.Node, flow: Flow): boolean {
  return unwrap(node).type !== AST_NODE_TYPES.Identifier && isSafeValue(node, flow)
}

const SANITIZER_WORDS: ReadonlySet<string> = new Set(
  (
    'redact redacted mask masked scrub sanitize censor obfuscate hash hashed hmac digest sha sha256 md5 fingerprint ' +
    'encrypt encrypted crypt bcrypt argon2 scrypt verify verified compare equal equals matches has is'
  ).split(' '),
)

/** Whether `call` gives something safe, going by its name: `redact(x)`, `hash.digest()`, `isValid(x)`. */
export function isSanitizer({ callee }: TSESTree.CallExpression, { sanitizers }: Flow): boolean {
  const name = lastName(callee)
  if (name === undefined) return false
  return sanitizers.has(name) || wordsOf(name).some((word) => SANITIZER_WORDS.has(word))
}
