import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from '../syntax/nodes.ts'
import type { Analysis } from '../analysis.ts'
import type { Leak } from '../taint/flow.ts'
import { type Keeper, keepingPlaces } from './keeping-places.ts'
import { enclosing, type FunctionNode, isClass, isFunction, within } from '../syntax/syntax.ts'
import { callsOf } from '../code/callers.ts'
import type { LocalCode } from '../code/local-code.ts'
import { variableOf } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'

/** The names that were looked at, since objects may hold each other. */
type Seen = ReadonlySet<Variable>

/** A value that came out of a `Secret`, and stays outside. */
interface KeptValue {
  readonly value: Node
  /** Where it came out. */
  readonly source: Node
  /** The place that keeps it, in words. */
  readonly place: string
  /** Nothing keeps it here, but other files get it. */
  readonly isReturned: boolean
}

/** The values out of Secrets that `keeper` keeps, or hands to other files. */
export function keptBy(keeper: Keeper, analysis: Analysis): KeptValue[] {
  return keepingPlaces(keeper, analysis).flatMap((place) => {
    const { value, resultOf, name } = place
    const functions = functionsIn(value, analysis.code)
    // Asked before the value is followed, which takes longer.
    const isInside = resultOf !== undefined && !isExported(resultOf, analysis.source)
    if (isInside && functions.length === 0) return []
    const leak = analysis.exposures().of(value)
    if (leak?.kind !== 'exposed') return captured(value, functions, analysis)
    if (isInside || isGivenTo(resultOf, leak, analysis)) return []
    return [{ value, source: leak.source, place: name, isReturned: resultOf !== undefined }]
  })
}

/** Whether a caller of `owner` took the value out, so that `owner` gives back what it was given. */
function isGivenTo(owner: FunctionNode | undefined, { source }: Leak, { code }: Analysis): boolean {
  const taker = enclosing(source, isFunction)
  return (
    owner !== undefined &&
    !within(source, owner) &&
    callsOf(owner, code).some((call) => enclosing(call, isFunction) === taker)
  )
}

/** A function that is kept or handed out remembers what it reads of the functions around it. */
function captured(
  value: Node,
  functions: readonly FunctionNode[],
  analysis: Analysis,
): KeptValue[] {
  for (const owner of functions) {
    for (const use of capturesOf(owner, analysis.source)) {
      const leak = analysis.exposures().of(use)
      if (leak?.kind !== 'exposed' || within(leak.source, owner)) continue
      const place = 'a function that is handed out'
      return [{ value, source: leak.source, place, isReturned: false }]
    }
  }
  return []
}

/** The functions that a receiver of `value` can call: it itself, or those in an object or array that is written out there. */
function functionsIn(value: Node, code: LocalCode): FunctionNode[] {
  switch (value.type) {
    case 'ObjectExpression':
      return value.properties.flatMap((property) =>
        property.type === 'Property' ? functionsIn(property.value, code) : [],
      )
    case 'ArrayExpression':
      return value.elements.flatMap((element) => (element ? functionsIn(element, code) : []))
    case 'Identifier':
    case 'ArrowFunctionExpression':
    case 'FunctionExpression': {
      const owner = code.functionOf(value)
      return owner === undefined ? [] : [owner]
    }
    default:
      return []
  }
}

/** Where `owner` captures variables of enclosing functions, and so keeps them alive. */
function capturesOf(owner: FunctionNode, source: SourceCode): Node[] {
  const through = source.scopeManager?.acquire(owner)?.through ?? []
  return through
    .filter(({ resolved }) => isFunction(resolved?.scope.variableScope.block))
    .map(({ identifier }) => identifier)
}

/** Whether other files can call `owner`: it is exported, or a public member of an exported class or object. */
function isExported(owner: FunctionNode, source: SourceCode): boolean {
  return leaves(owner, source, new Set())
}

function leaves(node: Node, source: SourceCode, seen: Seen): boolean {
  const { parent } = node
  switch (parent?.type) {
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
    case 'ExportSpecifier':
      return true
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return isPublic(parent) && leaves(enclosing(parent, isClass) ?? parent, source, seen)
    case 'Property':
      return parent.value === node && leaves(parent.parent, source, seen)
    case 'VariableDeclarator':
      return leaves(parent.parent, source, seen) || isNamedInExport(parent.id, source, seen)
    case 'AssignmentExpression':
      return /^(?:module\.)?exports\b/.test(pathOf(parent.left, source) ?? '')
    default:
      return 'id' in node && isNamedInExport(node.id, source, seen)
  }
}

function isPublic(member: TSESTree.MethodDefinition | TSESTree.PropertyDefinition): boolean {
  const isHidden = member.accessibility === 'private' || member.accessibility === 'protected'
  return !isHidden && member.key.type !== 'PrivateIdentifier'
}

/** `export { name }`, `export default name`, `module.exports = { name }`. */
function isNamedInExport(name: Node | null, source: SourceCode, seen: Seen): boolean {
  const variable = name?.type === 'Identifier' ? variableOf(name, source) : undefined
  if (variable === undefined || seen.has(variable)) return false
  const known = new Set([...seen, variable])
  return variable.references
    .filter((reference) => reference.isRead())
    .some(({ identifier }) => leaves(identifier, source, known))
}
