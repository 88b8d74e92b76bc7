import { AST_NODE_TYPES, TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { onlyOrigin, variableOf } from './constants.ts'
import { memberKey, unwrap } from './syntax.ts'

const MAX_HOPS = 8

/**
 * What an expression is by name, through imports, aliases, destructuring and `bind`: `console.log`, `util.inspect`,
 * `pino().child()`. Modules lose their `node:`, default imports are the module itself, calls show as `()`. What the
 * file gets from outside without a name, such as a parameter, starts with `$`.
 */
export function pathOf(
  node: TSESTree.Node,
  source: TSESLint.SourceCode,
  hops = 0,
): string | undefined {
  const bare = unwrap(node)
  if (hops > MAX_HOPS) return undefined
  const next = (inner: TSESTree.Node) => pathOf(inner, source, hops + 1)
  switch (bare.type) {
    case AST_NODE_TYPES.Identifier:
      return pathOfIdentifier(bare, source, hops)
    case AST_NODE_TYPES.ThisExpression:
      return '$this'
    case AST_NODE_TYPES.AwaitExpression:
      return next(bare.argument)
    case AST_NODE_TYPES.MemberExpression:
      return join(next(bare.object), memberKey(bare))
    case AST_NODE_TYPES.ImportExpression:
      return moduleOf(bare.source)
    case AST_NODE_TYPES.CallExpression:
      return pathOfCall(bare, next)
    default:
      return undefined
  }
}

function pathOfCall(
  call: TSESTree.CallExpression,
  next: (node: TSESTree.Node) => string | undefined,
) {
  const callee = next(call.callee)
  if (callee === 'require' && call.arguments[0] !== undefined) return moduleOf(call.arguments[0])
  if (callee?.endsWith('.bind')) return callee.slice(0, -'.bind'.length)
  return callee === undefined ? undefined : `${callee}()`
}

function pathOfIdentifier(
  identifier: TSESTree.Identifier,
  source: TSESLint.SourceCode,
  hops: number,
): string | undefined {
  const variable = variableOf(identifier, source)
  const definition = variable?.defs[0]
  if (variable === undefined || definition === undefined) return identifier.name
  if (definition.type === TSESLint.Scope.DefinitionType.ImportBinding) {
    return pathOfImport(definition)
  }
  const origin = onlyOrigin(variable)
  const path = origin === undefined ? undefined : pathOf(origin.node, source, hops + 1)
  if (origin === undefined || path === undefined) return `$${identifier.name}`
  return origin.keys.reduce<string | undefined>(join, path)
}

function pathOfImport({ node, parent }: TSESLint.Scope.Definition): string | undefined {
  if (parent?.type === AST_NODE_TYPES.TSImportEqualsDeclaration) return undefined
  if (parent?.type !== AST_NODE_TYPES.ImportDeclaration) return undefined
  const from = moduleOf(parent.source)
  if (node.type !== AST_NODE_TYPES.ImportSpecifier) return from
  return join(
    from,
    node.imported.type === AST_NODE_TYPES.Identifier ? node.imported.name : undefined,
  )
}

function moduleOf(node: TSESTree.Node): string | undefined {
  return node.type === AST_NODE_TYPES.Literal && typeof node.value === 'string'
    ? node.value.replace(/^node:/, '')
    : undefined
}

function join(path: string | undefined, key: string | undefined): string | undefined {
  if (path === undefined || key === undefined) return undefined
  if (path === 'globalThis' || path === 'global') return key
  return key === 'default' ? path : `${path}.${key}`
}

/** The last name in `node`: `log` in `this.#log`, `request.log` and `log`. */
export function lastName(node: TSESTree.Node): string | undefined {
  const bare = unwrap(node)
  if (bare.type === AST_NODE_TYPES.Identifier) return bare.name
  if (bare.type === AST_NODE_TYPES.MemberExpression) return memberKey(bare)
  return bare.type === AST_NODE_TYPES.CallExpression ? lastName(bare.callee) : undefined
}

/** How messages call `node`: by its names only, since its text may hold a secret that somebody wrote into the code. */
export function describe(node: TSESTree.Node): string {
  const bare = unwrap(node)
  switch (bare.type) {
    case AST_NODE_TYPES.Identifier:
      return bare.name
    case AST_NODE_TYPES.ThisExpression:
      return 'this'
    case AST_NODE_TYPES.CallExpression:
      return `${describe(bare.callee)}()`
    case AST_NODE_TYPES.MemberExpression: {
      const key = bare.property.type === AST_NODE_TYPES.Literal ? '…' : (memberKey(bare) ?? '…')
      return `${describe(bare.object)}.${key}`
    }
    default:
      return '…'
  }
}
