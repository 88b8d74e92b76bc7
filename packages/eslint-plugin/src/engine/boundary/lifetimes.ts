import { TSESLint } from '@typescript-eslint/utils'
import type { Node, Variable } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import { usesOf } from '../code/callers.ts'
import type { LocalCode } from '../code/local-code.ts'
import { originsOf } from '../syntax/origins.ts'
import { ancestorsOf, type FunctionNode, isFunction, unwrap } from '../syntax/syntax.ts'

const MAX_HOPS = 8

/**
 * Whether what `node` stands for is there longer than the call of the function that `node` is in: `this`, a global, an
 * import, something of the module, of a class or of an enclosing function. What a function is called with is its
 * caller's.
 */
export function outlivesCall(node: Node, code: LocalCode, hops = 0): boolean {
  const bare = unwrap(node)
  if (hops > MAX_HOPS) return false
  if (bare.type === 'ThisExpression') return true
  if (bare.type === 'MemberExpression') return outlivesCall(bare.object, code, hops)
  if (bare.type !== 'Identifier') return false
  const variable = variableOf(bare, code.source)
  if (variable === undefined || isOutsideCall(variable, bare, code)) return true
  return originsOf(variable, code.source)
    .filter(({ into }) => into === undefined)
    .some((origin) => outlivesCall(origin.node, code, hops + 1))
}

/** Whether `variable` itself is there longer than the call of the function that `use` is in. */
export function isOutsideCall(variable: Variable, use: Node, code: LocalCode): boolean {
  const [definition] = variable.defs
  if (definition === undefined) return true
  if (definition.type === TSESLint.Scope.DefinitionType.ImportBinding) return true
  const { block } = variable.scope.variableScope
  if (!isFunction(block)) return isOfModule(variable)
  const between: FunctionNode[] = []
  for (const around of ancestorsOf(use)) {
    if (around === block) return between.some((each) => !isOnlyCalled(each, code))
    if (isFunction(around)) between.push(around)
  }
  return false
}

/** Whether `variable` is one of the module, and not of a block in it. */
export function isOfModule({ scope, defs }: Variable): boolean {
  const isClass = defs[0]?.type === TSESLint.Scope.DefinitionType.ClassName
  return MODULE_SCOPES.has(scope.type) || isClass
}

const MODULE_SCOPES: ReadonlySet<string> = new Set([
  TSESLint.Scope.ScopeType.module,
  TSESLint.Scope.ScopeType.global,
])

/** Whether `owner` is only called, or a callback, and so probably done when the call around it is. */
function isOnlyCalled(owner: FunctionNode, code: LocalCode): boolean {
  return usesOf(owner, code.source).every(
    ({ parent }) => parent?.type === 'CallExpression' || parent?.type === 'NewExpression',
  )
}
