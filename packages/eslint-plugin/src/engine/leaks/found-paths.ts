import { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import { describe } from '../syntax/paths.ts'
import type { Leak } from '../taint/flow.ts'

/** How sure a rule is: the value comes out of a Secret, is a Secret, or has the name of one. */
type Confidence = 'value' | 'type' | 'name'

/** One place on the way of a value, by its names only. Lines and columns count from 1. */
interface PathStep {
  readonly line: number
  readonly column: number
  readonly text: string
}

/** The way of a value from where it comes from to where it was reported. */
export interface FoundPath {
  readonly confidence: Confidence
  readonly steps: readonly PathStep[]
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

type FoundPaths = Map<string, FoundPath>

const CONFIDENCE = { exposed: 'value', secret: 'type', name: 'name' } as const

/** So many steps are kept, half of them from each end. */
const MAX_STEPS = 40

/** ESLint keeps no data of a message. Under a global symbol, since the plugin that a repository brings is another copy. */
const STORE = Symbol.for('@rekey/eslint-plugin/found-paths')
const store = globalThis as { [STORE]?: FoundPaths | undefined }

/**
 * Runs ESLint and keeps the path of each finding meanwhile.
 *
 * @returns what `lint` gives, and the path of a finding by its file, rule and place
 */
export async function withPaths<T>(lint: () => Promise<T>) {
  const paths: FoundPaths = new Map()
  store[STORE] = paths
  try {
    const result = await lint()
    const pathOf = (file: string, rule: string | null, line: number, column: number) =>
      paths.get(keyOf(file, rule ?? '', line, column))
    return { result, pathOf }
  } finally {
    store[STORE] = undefined
  }
}

/** Keeps the path of a finding at `node`, where {@link withPaths} runs ESLint. */
export function keepPath({ id, filename, sourceCode }: Context, node: Node, leak: Leak): void {
  const { line, column } = node.loc.start
  store[STORE]?.set(keyOf(filename, id, line, column + 1), {
    confidence: CONFIDENCE[leak.kind],
    steps: stepsOf(node, leak, sourceCode),
  })
}

function keyOf(file: string, rule: string, line: number, column: number): string {
  return [file, rule, line, column].join('\n')
}

/** From the source to `end`; of steps at one place the outermost. */
function stepsOf(end: Node, { source, path }: Leak, code: SourceCode): PathStep[] {
  const nodes = [end]
  for (let step = path; step !== undefined; step = step.next) nodes.push(step.node)
  nodes.push(source)
  const places = new Map(nodes.reverse().map((node) => [node.range[0], node]))
  const all = [...places.values()]
  const kept =
    all.length > MAX_STEPS ? [...all.slice(0, MAX_STEPS / 2), ...all.slice(-MAX_STEPS / 2)] : all
  return kept.map((node) => {
    const { line, column } = node.loc.start
    const text =
      node.range[0] === source.range[0] ? `source: ${describe(source)}` : textOf(node, code)
    return { line, column: column + 1, text }
  })
}

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['TemplateLiteral', 'in a template'],
  ['BinaryExpression', 'joined with other text'],
  ['ObjectExpression', 'in an object'],
  ['ArrayExpression', 'in a list'],
  ['AwaitExpression', 'awaited'],
])

function textOf(node: Node, code: SourceCode): string {
  const name = describe(node)
  if (node.parent?.type === 'SpreadElement') return `spread: ${name}`
  if (node.type === 'CallExpression' || node.type === 'NewExpression') return `result of ${name}`
  if (node.type !== 'Identifier') return TEXTS.get(node.type) ?? name
  const definition = variableOf(node, code)?.defs[0]
  if (definition?.type === TSESLint.Scope.DefinitionType.Parameter) return `parameter ${name}`
  const isTaken = /Property|Pattern|RestElement/.test(definition?.name.parent.type ?? '')
  return isTaken ? `destructured as ${name}` : `variable ${name}`
}
