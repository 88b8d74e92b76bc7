import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantText } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import type { AccessFinding, AccessContext } from './access-context.ts'
import { importedService } from './service-folders.ts'
import { peersOf } from './service-grants.ts'

/** A declaration that takes something from another module. */
export type ModuleDeclaration =
  TSESTree.ImportDeclaration | TSESTree.ExportNamedDeclaration | TSESTree.ExportAllDeclaration

/** Finds what is taken from another service, or defines a kind of secret that was not granted. Types are not there at run time. */
export function checkDeclaration(
  declaration: ModuleDeclaration,
  access: AccessContext,
): AccessFinding[] {
  if (declaration.source === null || isOnlyTypes(declaration)) return []
  const foreign = checkSpecifier(declaration.source, access)
  return foreign.length > 0 ? foreign : checkDefiners(declaration, access)
}

/** `import('…')` and `require('…')` */
export function checkLoading(
  node: TSESTree.ImportExpression | CallExpression,
  access: AccessContext,
): AccessFinding[] {
  if (node.type === 'ImportExpression') return checkSpecifier(node.source, access)
  const [specifier] = node.arguments
  const isRequire = pathOf(node.callee, access.source) === 'require'
  return isRequire && specifier !== undefined ? checkSpecifier(specifier, access) : []
}

function checkSpecifier(node: Node, access: AccessContext): AccessFinding[] {
  const text = constantText(node, access.source)
  const other = text === undefined ? undefined : importedService(text, access)
  const isForeign = other !== undefined && other !== access.service
  return isForeign ? [{ node, messageId: 'foreign', data: { other } }] : []
}

function checkDefiners(declaration: ModuleDeclaration, access: AccessContext): AccessFinding[] {
  if (declaration.type === 'ExportAllDeclaration') return []
  return declaration.specifiers.flatMap((specifier): AccessFinding[] => {
    const name = nameInModule(specifier)
    const kind = name === undefined ? undefined : access.definers.get(name)
    if (kind === undefined || isOnlyType(specifier)) return []
    const isGranted = peersOf(access.grant, kind) ?? access.grant.kinds?.includes(kind)
    return isGranted ? [] : [{ node: specifier, messageId: 'kind', data: { kind } }]
  })
}

type Specifier = TSESTree.ImportClause | TSESTree.ExportSpecifier

function nameInModule(specifier: Specifier): string | undefined {
  const name =
    specifier.type === 'ImportSpecifier'
      ? specifier.imported
      : specifier.type === 'ExportSpecifier'
        ? specifier.local
        : undefined
  return name?.type === 'Identifier' ? name.name : undefined
}

function isOnlyTypes(declaration: ModuleDeclaration): boolean {
  if (declaration.type === 'ImportDeclaration' && declaration.importKind === 'type') return true
  if (declaration.type !== 'ImportDeclaration') return declaration.exportKind === 'type'
  return declaration.specifiers.length > 0 && declaration.specifiers.every(isOnlyType)
}

function isOnlyType(specifier: Specifier): boolean {
  if (specifier.type === 'ImportSpecifier') return specifier.importKind === 'type'
  return specifier.type === 'ExportSpecifier' && specifier.exportKind === 'type'
}
