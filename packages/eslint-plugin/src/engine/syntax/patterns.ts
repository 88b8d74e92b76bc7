import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { keyOf } from './syntax.ts'

type Variable = TSESLint.Scope.Variable

/** Stands for every element of an array, a map or a set. */
export const EACH = '*'

/** The way that destructuring takes from a value to a part of it. */
export interface Way {
  readonly keys: readonly string[]
  /** The keys that an object rest leaves out. */
  readonly except: readonly string[]
}

/** The way that `pattern` takes from the value it is given to `variable`. */
export function wayTo(variable: Variable, pattern: TSESTree.Node): Way | undefined {
  switch (pattern.type) {
    case AST_NODE_TYPES.Identifier:
      return pattern.name === variable.name ? { keys: [], except: [] } : undefined
    case AST_NODE_TYPES.AssignmentPattern:
      return wayTo(variable, pattern.left)
    case AST_NODE_TYPES.TSParameterProperty:
      return wayTo(variable, pattern.parameter)
    case AST_NODE_TYPES.ObjectPattern:
      return firstWay(pattern.properties, (property) => wayThroughProperty(variable, property))
    case AST_NODE_TYPES.ArrayPattern:
      return firstWay(pattern.elements, (element, index) => {
        if (element?.type === AST_NODE_TYPES.RestElement) {
          return step(EACH, wayTo(variable, element.argument))
        }
        return element === null ? undefined : step(String(index), wayTo(variable, element))
      })
    default:
      return undefined
  }
}

function wayThroughProperty(
  variable: Variable,
  property: TSESTree.Property | TSESTree.RestElement,
): Way | undefined {
  if (property.type === AST_NODE_TYPES.Property) {
    return step(keyOf(property) ?? EACH, wayTo(variable, property.value))
  }
  const way = wayTo(variable, property.argument)
  const siblings = (property.parent as TSESTree.ObjectPattern).properties
  const except = siblings.flatMap((sibling) =>
    sibling.type === AST_NODE_TYPES.Property ? [keyOf(sibling) ?? EACH] : [],
  )
  return way === undefined ? undefined : { keys: way.keys, except }
}

function step(key: string, way: Way | undefined): Way | undefined {
  return way === undefined ? undefined : { keys: [key, ...way.keys], except: way.except }
}

function firstWay<T>(parts: readonly T[], find: (part: T, index: number) => Way | undefined) {
  for (const [index, part] of parts.entries()) {
    const way = find(part, index)
    if (way !== undefined) return way
  }
  return undefined
}
