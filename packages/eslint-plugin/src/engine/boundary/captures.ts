import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { LocalCode } from '../code/local-code.ts'
import { type FunctionNode, isFunction } from '../syntax/syntax.ts'

/** The functions that a receiver of `value` can call: it itself, or those in an object or array that is written out there. */
export function functionsIn(value: TSESTree.Node, code: LocalCode): FunctionNode[] {
  switch (value.type) {
    case AST_NODE_TYPES.ObjectExpression:
      return value.properties.flatMap((property) =>
        property.type === AST_NODE_TYPES.Property ? functionsIn(property.value, code) : [],
      )
    case AST_NODE_TYPES.ArrayExpression:
      return value.elements.flatMap((element) => (element ? functionsIn(element, code) : []))
    case AST_NODE_TYPES.Identifier:
    case AST_NODE_TYPES.ArrowFunctionExpression:
    case AST_NODE_TYPES.FunctionExpression: {
      const owner = code.functionOf(value)
      return owner === undefined ? [] : [owner]
    }
    default:
      return []
  }
}

/** Where `owner` reads variables of the functions around it, which it so keeps as long as it is there itself. */
export function capturesOf(owner: FunctionNode, source: TSESLint.SourceCode): TSESTree.Node[] {
  const through = source.scopeManager?.acquire(owner)?.through ?? []
  return through
    .filter(({ resolved }) => isFunction(resolved?.scope.variableScope.block))
    .map(({ identifier }) => identifier)
}
