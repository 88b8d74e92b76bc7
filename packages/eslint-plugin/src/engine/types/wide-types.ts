import type ts from 'typescript'
import type { TSESTree } from '@typescript-eslint/utils'
import { typeNameOf } from './type-parts.ts'

const WIDE_TYPES: ReadonlySet<string> = new Set(['any', 'unknown', 'object', 'Object', '{}'])
const WIDE_RECORD = /^Record<string, (?:any|unknown)>$/

/** Whether the type written so takes a `Secret` and hides that it is one. */
export function isWideType(text: string): boolean {
  return WIDE_TYPES.has(text) || WIDE_RECORD.test(text)
}

const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'TSBigIntKeyword',
  'TSBooleanKeyword',
  'TSLiteralType',
  'TSNullKeyword',
  'TSNumberKeyword',
  'TSStringKeyword',
  'TSUndefinedKeyword',
  'TSVoidKeyword',
])

/** Whether a written type takes no object at all, or promises none, so that no `Secret` can hide behind it. */
export function isPlainType(written: TSESTree.TypeNode): boolean {
  if (written.type === 'TSUnionType') return written.types.every(isPlainType)
  if (written.type !== 'TSTypeReference') return PLAIN_TYPES.has(written.type)
  const { typeName, typeArguments } = written
  const isPromise = typeName.type === 'Identifier' && typeName.name === 'Promise'
  return isPromise && typeArguments?.params.every(isPlainType) === true
}

const KNOWN = new WeakMap<ts.TypeChecker, Map<ts.Type, string | undefined>>()

/** How `type` is called, if it hides what it is given. */
export function wideNameOf(type: ts.Type, checker: ts.TypeChecker): string | undefined {
  const known = KNOWN.get(checker) ?? new Map<ts.Type, string | undefined>()
  KNOWN.set(checker, known)
  if (!known.has(type)) known.set(type, findWideName(type, checker))
  return known.get(type)
}

function findWideName(type: ts.Type, checker: ts.TypeChecker): string | undefined {
  const index = type.getStringIndexType()
  const inside = index && `Record<string, ${checker.typeToString(index)}>`
  // What has members of its own hides nothing, and takes long to write out.
  const hasMembers = type.getProperties().length + type.getCallSignatures().length > 0
  const names = [hasMembers ? typeNameOf(type) : checker.typeToString(type), inside]
  return names.find((name) => isWideType(name ?? ''))
}
