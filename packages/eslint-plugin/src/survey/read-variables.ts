import type { SurveyedVariable, TakenAs } from '@rekey/rekey/internal/command'
import { codeOf } from '../engine/code/code-of.ts'
import {
  globalRoots,
  type ModuleNode,
  moduleRoots,
} from '../engine/environment/environment-roots.ts'
import { type EnvironmentUse, EnvironmentUses } from '../engine/environment/environment-uses.ts'
import { takenBy } from '../engine/graph/taken-values.ts'
import { reachedFrom } from '../engine/graph/walks.ts'
import { perFile } from '../engine/per-file.ts'
import type { Node, SourceCode } from '../engine/syntax/nodes.ts'
import { pathOf } from '../engine/syntax/paths.ts'
import { keyOf, memberKey, parentOf } from '../engine/syntax/syntax.ts'
import { visited } from '../engine/visits.ts'
import { needOf } from './optional-reads.ts'

const usesIn = perFile((_ast: Node, source): readonly EnvironmentUse[] => {
  const modules: ModuleNode[] = visited(
    source,
    ...(['ImportDeclaration', 'TSImportEqualsDeclaration', 'ImportExpression'] as const),
    ...(['CallExpression'] as const),
  )
  const holders = visited(source, 'MetaProperty').map(
    (node) => ({ node, thing: 'holder' }) as const,
  )
  const uses = new EnvironmentUses(source)
  return [
    ...globalRoots(source),
    ...modules.flatMap((node) => moduleRoots(node, source)),
    ...holders,
  ].flatMap((root) => uses.of(root))
})

/** Every use of the environment in a file. */
export function environmentUses(source: SourceCode): readonly EnvironmentUse[] {
  return usesIn(source.ast, source)
}

/** The variables that a file reads one by one. */
export function readVariables(source: SourceCode): SurveyedVariable[] {
  const reads = environmentUses(source).filter(
    (use): use is EnvironmentUse & { variable: string } =>
      use.kind === 'variable' && use.variable !== undefined,
  )
  const takers = takersOf(new Set(reads.map(({ node }) => valueOf(node))), source)
  const read = reads.map(({ node, variable }) => ({
    name: variable,
    line: node.loc.start.line,
    need: needOf(node, source),
    takenAs: takers.get(valueOf(node)) ?? [],
  }))
  return [...read, ...writtenVariables(source)]
}

/** Lines at which the whole environment goes on, but for those that pass it to a child: `{ env: process.env }`, `{ ...process.env }`. */
export function linesOfWhole(source: SourceCode): number[] {
  return environmentUses(source).flatMap(({ kind, node }) => {
    const parent = parentOf(node)
    const isPassed =
      parent?.type === 'SpreadElement' || (parent?.type === 'Property' && keyOf(parent) === 'env')
    return kind === 'environment' && !isPassed ? [node.loc.start.line] : []
  })
}

/** `process.env.NAME = …`, `process.env.NAME ??= …` */
function writtenVariables(source: SourceCode): SurveyedVariable[] {
  return visited(source, 'AssignmentExpression').flatMap(({ left, loc }) => {
    if (left.type !== 'MemberExpression' || pathOf(left.object, source) !== 'process.env') return []
    const name = memberKey(left)
    const { line } = loc.start
    return name === undefined
      ? []
      : [{ name, line, need: 'optional', takenAs: [], isWritten: true }]
  })
}

/** A pattern takes a variable by a property, and has its value in the name behind it. */
function valueOf(node: Node): Node {
  return node.type === 'Property' ? node.value : node
}

/** The kinds of values as which functions take each of `values`. */
function takersOf(values: ReadonlySet<Node>, source: SourceCode): Map<Node, TakenAs[]> {
  const found = new Map<Node, TakenAs[]>()
  if (values.size === 0) return found
  const isValue = (node: Node) => values.has(node)
  for (const call of visited(source, 'CallExpression', 'NewExpression')) {
    for (const { node, kind, path } of takenBy(call, source)) {
      for (const end of reachedFrom(node, codeOf(source), isValue).ends) {
        if (values.has(end)) found.set(end, [...(found.get(end) ?? []), { kind, by: path }])
      }
    }
  }
  return found
}
