import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, Property, Variable } from './nodes.ts'
import { keyOf } from './syntax.ts'

/** Stands for every element of an array, a map or a set. */
export const EACH = '*'

/** Stands before the constant key of an entry of a map, `map.set('a', x)`; no property is called so. */
const ENTRY = '\u0001'

/** The step to the entry that `map.get(key)` gives, and `map.set(key, x)` puts: to any, unless the key is a text. */
export function entryAt(key: Node | undefined): string {
  return key?.type === 'Literal' && typeof key.value === 'string' ? `${ENTRY}${key.value}` : EACH
}

/** Whether `key` leads to one entry of a map. */
export function isEntry(key: string): boolean {
  return key.startsWith(ENTRY)
}

/** The access path that destructuring takes from a value to a part of it. */
export interface AccessPath {
  readonly keys: readonly string[]
  /** The keys that an object rest leaves out. */
  readonly except: readonly string[]
}

/** The access path that `pattern` takes from the value it is given to `variable`. */
export function accessPathTo(variable: Variable, pattern: Node): AccessPath | undefined {
  switch (pattern.type) {
    case 'Identifier':
      return pattern.name === variable.name ? { keys: [], except: [] } : undefined
    case 'AssignmentPattern':
      return accessPathTo(variable, pattern.left)
    case 'TSParameterProperty':
      return accessPathTo(variable, pattern.parameter)
    case 'ObjectPattern':
      return firstAccessPath(pattern.properties, (property) =>
        accessPathThroughProperty(variable, property),
      )
    case 'ArrayPattern':
      return firstAccessPath(pattern.elements, (element, index) => {
        if (element?.type === 'RestElement') {
          return step(EACH, accessPathTo(variable, element.argument))
        }
        return element === null ? undefined : step(String(index), accessPathTo(variable, element))
      })
    default:
      return undefined
  }
}

function accessPathThroughProperty(
  variable: Variable,
  property: Property | TSESTree.RestElement,
): AccessPath | undefined {
  if (property.type === 'Property') {
    return step(keyOf(property) ?? EACH, accessPathTo(variable, property.value))
  }
  const accessPath = accessPathTo(variable, property.argument)
  const siblings = (property.parent as TSESTree.ObjectPattern).properties
  const except = siblings.flatMap((sibling) =>
    sibling.type === 'Property' ? [keyOf(sibling) ?? EACH] : [],
  )
  return accessPath === undefined ? undefined : { keys: accessPath.keys, except }
}

function step(key: string, accessPath: AccessPath | undefined): AccessPath | undefined {
  return accessPath === undefined
    ? undefined
    : { keys: [key, ...accessPath.keys], except: accessPath.except }
}

function firstAccessPath<T>(
  parts: readonly T[],
  find: (part: T, index: number) => AccessPath | undefined,
) {
  for (const [index, part] of parts.entries()) {
    const accessPath = find(part, index)
    if (accessPath !== undefined) return accessPath
  }
  return undefined
}
