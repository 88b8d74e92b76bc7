import { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { unwrap } from '../syntax/syntax.ts'
import type { Grant } from './service-grants.ts'

/** The inputs of the checks of one file of a service. */
export interface AccessContext {
  readonly source: SourceCode
  readonly file: string
  /** The service that the file is of. */
  readonly service: string
  readonly grant: Grant
  /** All services that something is granted to. */
  readonly known: readonly string[]
  /** The pattern of the services' folders. */
  readonly folders: string
  /** The kind of secret that a function defines, by the function's name. */
  readonly definers: ReadonlyMap<string, string>
}

/** Something that the service may not do. */
export interface AccessFinding {
  readonly node: Node
  readonly messageId: 'kind' | 'call' | 'owner' | 'foreign' | 'name' | 'serviceName'
  readonly data?: Readonly<Record<string, string>>
}

/** The name that `callee` has in the module that it comes from; undefined if it is of this file, or a method of something. */
export function importedName(callee: Node, source: SourceCode): string | undefined {
  const path = pathOf(callee, source)
  return path?.startsWith('$') === false ? /.\.(\w+)$/.exec(path)?.[1] : undefined
}

/** Whether `callee` is the name of an import, and not a member of one. */
export function isImportBinding(callee: Node, source: SourceCode): boolean {
  const bare = unwrap(callee)
  const variable = bare.type === 'Identifier' ? variableOf(bare, source) : undefined
  return variable?.defs[0]?.type === TSESLint.Scope.DefinitionType.ImportBinding
}
