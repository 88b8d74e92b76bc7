import { TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Identifier, Node, SourceCode } from '../syntax/nodes.ts'
import { constantText } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { isFunction, memberKey } from '../syntax/syntax.ts'
import { GLOBALS, environmentPartOf, type Thing, thingOfModule } from './environment-objects.ts'

/** A place where the environment, or what leads to it, comes into the file. */
export interface Root {
  /** An expression; with `isTarget`, what the value is put into. */
  readonly node: Node
  readonly thing: Thing
  readonly isTarget?: boolean
}

/** A node that names a module. */
export type ModuleNode =
  | TSESTree.ImportDeclaration
  | TSESTree.TSImportEqualsDeclaration
  | TSESTree.ExportAllDeclaration
  | TSESTree.ExportNamedDeclaration
  | TSESTree.ImportExpression
  | CallExpression

const OUTER_SCOPES: ReadonlySet<string> = new Set([
  TSESLint.Scope.ScopeType.global,
  TSESLint.Scope.ScopeType.module,
])

/** Functions that give a module for its name, by their path. */
const REQUIRES: ReadonlySet<string> = new Set([
  'require',
  'module.require',
  'module.createRequire()',
  'process.getBuiltinModule',
])

/** The uses of globals such as `process`, also of those that the file declares again for TypeScript. */
export function globalRoots({ scopeManager }: SourceCode): Root[] {
  const undeclared = scopeManager?.globalScope?.through ?? []
  const ambient = (scopeManager?.scopes ?? [])
    .filter(({ type }) => OUTER_SCOPES.has(type))
    .flatMap(({ variables }) => variables.filter(({ defs }) => defs.every(isAmbient)))
    .flatMap(({ references }) => references)
  return [...undeclared, ...ambient].flatMap((reference) => {
    const node = reference.identifier
    const thing = node.type === 'Identifier' ? GLOBALS.get(node.name) : undefined
    return thing === undefined || !reference.isRead() ? [] : [{ node, thing }]
  })
}

function isAmbient({ parent }: TSESLint.Scope.Definition): boolean {
  return parent?.type === 'VariableDeclaration' && parent.declare
}

/** The values that come into the file by the module that `node` names. */
export function moduleRoots(node: ModuleNode, source: SourceCode): Root[] {
  const thing = thingOfModule(moduleOf(node, source) ?? '')
  if (thing === undefined) return []
  switch (node.type) {
    case 'ImportDeclaration':
      return importRoots(node, thing)
    case 'TSImportEqualsDeclaration':
      return node.importKind === 'type' ? [] : [{ node: node.id, thing, isTarget: true }]
    case 'ExportAllDeclaration':
      return node.exportKind === 'type' ? [] : [{ node, thing: 'loader' }]
    case 'ExportNamedDeclaration':
      return exportRoots(node, thing)
    case 'ImportExpression':
      return [{ node, thing }, ...callbackRoots(node, thing)]
    default:
      return [{ node, thing }]
  }
}

function moduleOf(node: ModuleNode, source: SourceCode): string | undefined {
  if (node.type === 'TSImportEqualsDeclaration') {
    const from = node.moduleReference
    return from.type === 'TSExternalModuleReference'
      ? constantText(from.expression, source)
      : undefined
  }
  if (node.type !== 'CallExpression') return constantText(node.source ?? undefined, source)
  const [first] = node.arguments
  if (first?.type !== 'Literal' || typeof first.value !== 'string') return undefined
  if (thingOfModule(first.value) === undefined) return undefined
  return REQUIRES.has(pathOf(node.callee, source) ?? '') ? first.value : undefined
}

function importRoots(node: TSESTree.ImportDeclaration, thing: Thing): Root[] {
  const specifiers = node.specifiers.filter((specifier) => !isOnlyType(specifier))
  if (node.importKind === 'type') return []
  if (thing === 'loader') {
    return specifiers.length > 0 || node.specifiers.length === 0 ? [{ node, thing }] : []
  }
  return specifiers.flatMap((specifier) => {
    const isPart = specifier.type === 'ImportSpecifier'
    const part = isPart ? environmentPartOf(thing, nameOf(specifier.imported)) : thing
    return part === undefined ? [] : [{ node: specifier.local, thing: part, isTarget: true }]
  })
}

function isOnlyType(specifier: TSESTree.ImportClause): boolean {
  return specifier.type === 'ImportSpecifier' && specifier.importKind === 'type'
}

function exportRoots(node: TSESTree.ExportNamedDeclaration, thing: Thing): Root[] {
  const leads = node.specifiers.some(
    ({ local, exportKind }) =>
      exportKind !== 'type' &&
      (thing === 'loader' || environmentPartOf(thing, nameOf(local)) !== undefined),
  )
  return leads && node.exportKind !== 'type' ? [{ node, thing: 'loader' }] : []
}

function nameOf(name: Identifier | TSESTree.StringLiteral): string {
  return name.type === 'Identifier' ? name.name : name.value
}

/** `import('node:process').then(({ env }) => …)` */
function callbackRoots({ parent }: TSESTree.ImportExpression, thing: Thing): Root[] {
  if (parent.type !== 'MemberExpression' || memberKey(parent) !== 'then') return []
  const call = parent.parent
  const callback = call.type === 'CallExpression' ? call.arguments[0] : undefined
  const node = isFunction(callback) ? callback.params[0] : undefined
  return node === undefined ? [] : [{ node, thing, isTarget: true }]
}
