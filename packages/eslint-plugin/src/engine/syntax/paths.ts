import { TSESLint } from '@typescript-eslint/utils'
import type { CallExpression, Identifier, Node, SourceCode, Variable } from './nodes.ts'
import { onlyOrigin, variableOf } from './constants.ts'
import { perFile } from '../per-file.ts'
import { memberKey, unwrap } from './syntax.ts'

/** A chain of calls takes two for each of them; longer ones than this match no sought path. */
const MAX_HOPS = 24
/** An alias of aliases of aliases; what is further away keeps the name of an alias. */
const MAX_ALIASES = 100

/**
 * Names an expression by path, through imports, aliases, destructuring, `bind` and `promisify`: `console.log`,
 * `util.inspect`, `pino().child()`. Modules lose their `node:`, default imports are the module itself, calls and
 * constructions show as `()`. What the file gets from outside without a name, such as a parameter, starts with `$`.
 */
export function pathOf(node: Node, source: SourceCode): string | undefined {
  return wholePath(unwrap(node), source)
}

const wholePath = perFile((node: Node, source) => pathWithin(node, source, 0))

function pathWithin(node: Node, source: SourceCode, hops: number): string | undefined {
  const bare = unwrap(node)
  if (hops > MAX_HOPS) return undefined
  const next = (inner: Node) => pathWithin(inner, source, hops + 1)
  switch (bare.type) {
    case 'Identifier':
      return pathOfIdentifier(bare, source)
    case 'ThisExpression':
      return '$this'
    case 'AwaitExpression':
      return next(bare.argument)
    case 'MemberExpression':
      return join(next(bare.object), memberKey(bare))
    case 'ImportExpression':
      return moduleOf(bare.source)
    case 'CallExpression':
      return pathOfCall(bare, next)
    case 'NewExpression':
      return shownAsCall(next(bare.callee))
    default:
      return undefined
  }
}

function shownAsCall(callee: string | undefined): string | undefined {
  return callee === undefined ? undefined : `${callee}()`
}

function pathOfCall(call: CallExpression, next: (node: Node) => string | undefined) {
  const callee = next(call.callee)
  if (callee === 'require' && call.arguments[0] !== undefined) return moduleOf(call.arguments[0])
  if (callee?.endsWith('.bind')) return callee.slice(0, -'.bind'.length)
  if (callee === 'util.promisify' && call.arguments[0] !== undefined) return next(call.arguments[0])
  return shownAsCall(callee)
}

function pathOfIdentifier(identifier: Identifier, source: SourceCode) {
  const variable = variableOf(identifier, source)
  return variable === undefined ? identifier.name : pathOfVariable(variable, source)
}

/** Variables on whose path the work has begun: one that is an alias of itself would never end. */
const UNDERWAY = new Set<Variable>()

const pathOfVariable = perFile((variable: Variable, source) => {
  const definition = variable.defs[0]
  if (definition === undefined) return variable.name
  if (definition.type === TSESLint.Scope.DefinitionType.ImportBinding) {
    return pathOfImport(definition)
  }
  const isKnown = UNDERWAY.has(variable) || UNDERWAY.size > MAX_ALIASES
  const origin = isKnown ? undefined : onlyOrigin(variable, source)
  if (origin === undefined) return `$${variable.name}`
  UNDERWAY.add(variable)
  try {
    const path = pathWithin(origin.node, source, 0)
    if (path === undefined) return `$${variable.name}`
    return origin.keys.reduce<string | undefined>(join, path)
  } finally {
    UNDERWAY.delete(variable)
  }
})

function pathOfImport({ node, parent }: TSESLint.Scope.Definition): string | undefined {
  if (parent?.type === 'TSImportEqualsDeclaration') return undefined
  if (parent?.type !== 'ImportDeclaration') return undefined
  const from = moduleOf(parent.source)
  if (node.type !== 'ImportSpecifier') return from
  return join(from, node.imported.type === 'Identifier' ? node.imported.name : undefined)
}

function moduleOf(node: Node): string | undefined {
  return node.type === 'Literal' && typeof node.value === 'string'
    ? node.value.replace(/^node:/, '')
    : undefined
}

function join(path: string | undefined, key: string | undefined): string | undefined {
  if (path === undefined || key === undefined) return undefined
  if (path === 'globalThis' || path === 'global') return key
  return key === 'default' ? path : `${path}.${key}`
}

/** The last name in `node`: `log` in `this.#log`, `request.log` and `log`. */
export function lastName(node: Node): string | undefined {
  const bare = unwrap(node)
  if (bare.type === 'Identifier') return bare.name
  if (bare.type === 'MemberExpression') return memberKey(bare)
  return bare.type === 'CallExpression' ? lastName(bare.callee) : undefined
}

/** The name of `node` in messages: by its names only, since its text may hold a secret that was written into the code. */
export function describe(node: Node): string {
  const bare = unwrap(node)
  switch (bare.type) {
    case 'Identifier':
      return bare.name
    case 'ThisExpression':
      return 'this'
    case 'CallExpression':
      return `${describe(bare.callee)}()`
    case 'MemberExpression': {
      const key = bare.property.type === 'Literal' ? '…' : (memberKey(bare) ?? '…')
      return `${describe(bare.object)}.${key}`
    }
    default:
      return '…'
  }
}
