import type {
  CallExpression,
  MemberExpression,
  Node,
  Property,
  SourceCode,
} from '../syntax/nodes.ts'
import { constantText } from '../syntax/constants.ts'
import { describe, lastName, pathOf } from '../syntax/paths.ts'
import { type CallNode, keyOf, memberKey, propertiesOf, unwrap } from '../syntax/syntax.ts'
import { type Fallback, removeFromList, replaceBy } from './fallback.ts'
import { type Named, readsSetting, secretNamed, settingIn } from './secret-read.ts'

/** Methods of schemas (zod, Joi, yup, env-var, commander) that set the fallback. */
const DEFAULT_METHODS: ReadonlySet<string> = new Set(['default', 'catch', 'prefault'])
/** Functions that take a schema (valibot, zod), and the fallback after it. */
const DEFAULT_WRAPPERS =
  /^(?:optional|nullish|nullable|fallback|catch|_default|prefault|exactOptional)$/
const SCHEMA_MODULES = /^(?:valibot|zod)(?![\w-])/
/** Properties of a declaration that hold the fallback. */
const DEFAULT_KEYS = new Set<string>(['default', 'devDefault', 'defaultValue', 'fallback'])
/** Properties beside them by which the declaration is one of a setting (convict). */
const SETTING_KEYS = ['env', 'sensitive', 'arg']
/** `-p, --password <password>`, as commander takes it. */
const FLAG = /--([\w-]+)/

/** The fallbacks that `call` declares. */
export function inCall(call: CallExpression, source: SourceCode): Fallback[] {
  const value = call.arguments.at(-1)
  const named = value === undefined ? undefined : declaredBy(call, source)
  if (value === undefined || named === undefined) return []
  const callee = unwrap(call.callee)
  const isMethod = callee.type === 'MemberExpression' && isDefaultMethod(callee)
  const remove = isMethod ? replaceBy(call, callee.object, source) : removeFromList(value, source)
  return [{ named, value, remove }]
}

/** The secret for which the last argument of `call` is the fallback. */
function declaredBy(call: CallExpression, source: SourceCode): Named | undefined {
  const { arguments: given } = call
  const callee = unwrap(call.callee)
  const before = given.slice(0, -1)
  if (callee.type === 'MemberExpression' && isDefaultMethod(callee)) {
    return given.length === 1
      ? (declaredAs(call) ?? namedInChain(callee.object, source))
      : setting(settingIn(before, source))
  }
  if (before.length === 0) return undefined
  const name = lastName(callee) ?? ''
  if (DEFAULT_WRAPPERS.test(name) && SCHEMA_MODULES.test(pathOf(callee, source) ?? '')) {
    return declaredAs(call)
  }
  if (/^(?:option|requiredOption)$/.test(name)) {
    return before.length > 1 ? setting(flagIn(before[0], source)) : undefined
  }
  if (!readsSetting(name)) return undefined
  const named = setting(settingIn(before, source))
  return named && { ...named, what: describe(call) }
}

function isDefaultMethod(callee: MemberExpression): boolean {
  return DEFAULT_METHODS.has(memberKey(callee) ?? '')
}

/** `password: { type: 'string', default: 'x' }`, `API_KEY: str({ devDefault: 'x' })`, `get('API_KEY', { fallback: 'x' })` */
export function inDeclaration(property: Property, source: SourceCode): Fallback[] {
  const object = property.parent
  if (object.type !== 'ObjectExpression') return []
  if (!DEFAULT_KEYS.has(keyOf(property) ?? '')) return []
  const owner = object.parent
  const isArgument = owner.type === 'CallExpression' && owner.callee !== object
  const named =
    declaredAs(object) ?? (isArgument ? setting(settingIn(owner.arguments, source)) : undefined)
  if (named === undefined) return []
  const isSetting = SETTING_KEYS.some((key) => propertiesOf(object, key).length > 0)
  return [
    {
      named: { ...named, isConfiguration: named.isConfiguration || isSetting },
      value: property.value,
      remove: removeFromList(property, source),
    },
  ]
}

/** The secret whose declaration `node` is part of: `API_KEY: z.string().default('x')`. */
function declaredAs({ parent }: Node): Named | undefined {
  switch (parent?.type) {
    case 'MemberExpression':
    case 'CallExpression':
    case 'AwaitExpression':
      return declaredAs(parent)
    case 'Property':
    case 'PropertyDefinition':
      return secretNamed(keyOf(parent))
    case 'VariableDeclarator':
      return secretNamed(lastName(parent.id))
    default:
      return undefined
  }
}

/** The secret that a call in the chain is for: `env.get('SMTP_PASSWORD').default('x')`, `new Option('--token <token>')`. */
function namedInChain(node: Node, source: SourceCode): Named | undefined {
  const bare = unwrap(node)
  switch (bare.type) {
    case 'MemberExpression':
      return namedInChain(bare.object, source)
    case 'CallExpression':
    case 'NewExpression':
      return setting(settingOf(bare, source)) ?? namedInChain(bare.callee, source)
    default:
      return undefined
  }
}

/** The setting that a call reads: `valid('id_token')` allows a text, and reads none. */
function settingOf(call: CallNode, source: SourceCode): string | undefined {
  const flag = flagIn(call.arguments[0], source)
  return (
    flag ??
    (readsSetting(lastName(call.callee) ?? '') ? settingIn(call.arguments, source) : undefined)
  )
}

function setting(name: string | undefined): Named | undefined {
  const named = secretNamed(name)
  return named && { ...named, isConfiguration: true }
}

function flagIn(flags: Node | undefined, source: SourceCode): string | undefined {
  return FLAG.exec(constantText(flags, source) ?? '')?.[1]
}
