import { TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { ByType, CallExpression, Node, SourceCode, Variable } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { isHarmlessProperty } from '../naming/names.ts'
import { pathOf } from '../syntax/paths.ts'
import {
  ancestorsOf,
  enclosing,
  type FunctionNode,
  isFunction,
  keyOf,
  memberKey,
  unwrap,
} from '../syntax/syntax.ts'
import type { TypeFacts } from '../types/type-facts.ts'
import { usesOf } from '../code/callers.ts'
import { originsOf } from '../syntax/origins.ts'

/** A place where a value stays after the code that put it there is done, or from which it goes to other files. */
export interface KeepingPlace {
  readonly value: Node
  /** How messages call it. */
  readonly name: string
  /** The function whose result it is. */
  readonly resultOf?: FunctionNode
}

interface Known {
  readonly code: LocalCode
  readonly types: TypeFacts | undefined
}

const KEEPERS = {
  VariableDeclarator: (node, { code }) => keptByModule(node, code.source),
  PropertyDefinition: ({ value }) => (value === null ? [] : [{ value, name: 'a field' }]),
  TSParameterProperty: ({ parameter }) => [
    { value: 'left' in parameter ? parameter.left : parameter, name: 'a field' },
  ],
  AssignmentExpression: ({ left, right }, { code }) =>
    targetsOf(left)
      .filter((target) => outlivesPlace(target, code))
      .slice(0, 1)
      .map((target) => ({ value: right, name: nameOfPlace(target) })),
  CallExpression: (call, known) =>
    isCollecting(call, known)
      ? call.arguments.map((value) => ({ value, name: 'something that outlives this call' }))
      : [],
  ExportDefaultDeclaration: ({ declaration }) => [{ value: declaration, name: 'an export' }],
  ReturnStatement: (node) => result(node.argument, enclosing(node, isFunction)),
  YieldExpression: (node) => result(node.argument, enclosing(node, isFunction)),
  ArrowFunctionExpression: (node) => (node.expression ? result(node.body, node) : []),
} as const satisfies ByType<KeepingPlace[], [known: Known]>

/** A node that may put something into a {@link KeepingPlace}. */
export type Keeper = Extract<Node, { type: keyof typeof KEEPERS }>

/** All kinds of {@link Keeper}. */
export const KEEPER_TYPES = Object.keys(KEEPERS) as (keyof typeof KEEPERS)[]

/** Where `keeper` leaves something that outlives the call it is in. */
export function keepingPlaces(keeper: Keeper, known: Known): KeepingPlace[] {
  const find = KEEPERS[keeper.type] as (node: Keeper, known: Known) => KeepingPlace[]
  return find(keeper, known)
}

/** Of a variable that is taken out of something, a later use is examined, which shows which part of it is taken. */
function keptByModule(declarator: TSESTree.VariableDeclarator, source: SourceCode): KeepingPlace[] {
  const { id, init } = declarator
  const variables = source.getDeclaredVariables(declarator)
  if (init === null || !variables.some(isOfModule)) return []
  const name = 'a variable of the module'
  if (id.type === 'Identifier') return [{ value: init, name }]
  return variables.flatMap(({ references }) => {
    const use = references.find((reference) => reference.isRead())
    return use === undefined ? [] : [{ value: use.identifier, name }]
  })
}

/** The targets of an assignment; of a pattern, those that get a part that may not be known. */
function targetsOf(left: Node): Node[] {
  if (left.type !== 'ObjectPattern') return [left]
  return left.properties.flatMap((property) =>
    property.type === 'Property' && !isHarmlessProperty(keyOf(property) ?? '')
      ? [property.value]
      : [],
  )
}

function outlivesPlace(place: Node, code: LocalCode): boolean {
  const bare = unwrap(place)
  if (bare.type === 'MemberExpression') return outlivesCall(bare.object, code)
  if (bare.type !== 'Identifier') return false
  const variable = variableOf(bare, code.source)
  return variable !== undefined && isOutsideCall(variable, bare, code)
}

function nameOfPlace(place: Node): string {
  const bare = unwrap(place)
  if (bare.type !== 'MemberExpression') return 'a variable that outlives this call'
  const isOwn = bare.object.type === 'ThisExpression'
  return isOwn ? 'a field' : 'something that outlives this call'
}

const COLLECTING: ReadonlySet<string> = new Set(
  'set setItem add push unshift splice fill append enqueue'.split(' '),
)
/** Types whose methods of these names keep what they are given, and do not send it somewhere. */
const COLLECTIONS = /(?:Map|Set|Array|Headers|Params|FormData|Cache|Queue|Storage)$/
const WRITES_INTO_FIRST = /^(?:Object\.(?:assign|defineProperty)|Reflect\.set)$/

function isCollecting(call: CallExpression, { code, types }: Known): boolean {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return false
  const [first] = call.arguments
  if (first === undefined) return false
  if (WRITES_INTO_FIRST.test(pathOf(callee, code.source) ?? '')) return outlivesCall(first, code)
  if (!COLLECTING.has(memberKey(callee) ?? '') || !outlivesCall(callee.object, code)) return false
  if (types === undefined || types.isAny(callee.object)) return true
  return types.namesOf(callee.object).some((name) => COLLECTIONS.test(name))
}

function result(value: Node | null | undefined, owner: FunctionNode | undefined): KeepingPlace[] {
  if (value === null || value === undefined || owner === undefined) return []
  return [{ value, name: 'a result', resultOf: owner }]
}

const MAX_HOPS = 8

/**
 * Whether what `node` stands for is there longer than the call of the function that `node` is in: `this`, a global, an
 * import, something of the module, of a class or of an enclosing function. What a function is called with is its
 * caller's.
 */
function outlivesCall(node: Node, code: LocalCode, hops = 0): boolean {
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
function isOutsideCall(variable: Variable, use: Node, code: LocalCode): boolean {
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
function isOfModule({ scope, defs }: Variable): boolean {
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
