import type { TSESLint } from '@typescript-eslint/utils'
import type { Output } from '../../models/shows.ts'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import { modelsOf } from '../../models/models-of.ts'
import { analysisOf } from '../analysis.ts'
import type { Leak } from '../taint/flow.ts'
import type { LocalCode } from '../code/local-code.ts'
import { mentionsSecret } from '../naming/names.ts'
import type { Sink } from '../sinks/sink.ts'
import { isPartOf, namesIn, sinksOf } from '../sinks/sinks.ts'
import { groupBy } from '../../group-by.ts'
import { ancestorsOf } from '../syntax/syntax.ts'
import { visit } from '../visits.ts'
import type { Taint } from '../taint/taint.ts'

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

/** The search of a rule about values that leave. */
export interface LeakSearch {
  readonly outputs: readonly Output[]
  /** Further names of loggers. */
  readonly loggers?: readonly string[] | undefined
  /** Further names of functions whose result may leave. */
  readonly sanitizers?: readonly string[] | undefined
  /** Which leaks the rule is about. */
  readonly isWanted: (leak: Leak) => boolean
}

/** An expression that gives something away to a sink. */
export interface FoundLeak {
  readonly given: Node
  readonly leak: Leak
  readonly sink: Sink
  readonly output: Output
  /** The analysis that found it. */
  readonly taint: Taint
}

/**
 * Calls `found` for every leak that `search` wants, after the whole file was read, and `cutShort` if there was more to
 * follow than the limit of {@link Taint}.
 */
export function onLeaks(
  context: Context,
  search: LeakSearch,
  found: (leak: FoundLeak) => void,
  cutShort: () => void = () => undefined,
): TSESLint.RuleListener {
  if (!mayHoldSecret(context)) return {}
  return visit(context, {}, () => {
    const analysis = analysisOf(context)
    const known = { ...analysis, loggers: new Set(search.loggers) }
    const taintOf = (output: Output) => analysis.taintWith(search.sanitizers ?? [], namesIn(output))
    const leaks = search.outputs.flatMap((output) => {
      const taint = taintOf(output)
      // A constant that several sinks are given is reported once, where it is written.
      const reported = new Set<Node>()
      return sinksOf(output, known)
        .flatMap((sink) => leaksInto(sink, output, taint))
        .filter(({ leak, given }) => {
          const isNew = search.isWanted(leak) && !reported.has(given)
          reported.add(given)
          return isNew
        })
    })
    const said = saidNearer(leaks, analysis.code)
    for (const leak of leaks) if (!said.has(leak)) found(leak)
    if (search.outputs.some((output) => taintOf(output).isSpent)) cutShort()
  })
}

function leaksInto(sink: Sink, output: Output, taint: Taint): FoundLeak[] {
  return sink.given.flatMap((given) => {
    const leak = taint.of(given, sink.through)
    const isShown = sink.whole === undefined || taint.of(sink.whole) !== undefined
    const counts = leak !== undefined && sink.kinds?.has(leak.kind) !== false
    return counts && isShown ? [{ given, leak, sink, output, taint }] : []
  })
}

const LOOKED_AT = new WeakMap<SourceCode, boolean>()

/** Whether a word in the file has to do with a secret, or a `Secret` can come from elsewhere. */
function mayHoldSecret(context: Context): boolean {
  const { sourceCode } = context
  const known = LOOKED_AT.get(sourceCode)
  if (known !== undefined) return known
  const isLookedAt =
    mentionsSecret(sourceCode.text) ||
    modelsOf(sourceCode).mayGiveSecret(sourceCode.text) ||
    analysisOf(context).types?.reachesSecret === true
  LOOKED_AT.set(sourceCode, isLookedAt)
  return isLookedAt
}

/**
 * The leaks that another one reports nearer to the secret: `new Error(secret)` in `reject(new Error(secret))`; or, for the
 * `super(message)` of an error class of the file, `new KeyError(secret)`.
 */
function saidNearer(leaks: readonly FoundLeak[], code: LocalCode): ReadonlySet<FoundLeak> {
  const said = new Set<FoundLeak>()
  const givenAt = groupBy(leaks, ({ given }) => given)
  const runAt = groupBy(leaks, ({ sink }) => runBy(sink.node, code))
  for (const leak of leaks) {
    for (const around of [leak.sink.node, ...ancestorsOf(leak.sink.node)]) {
      for (const outer of givenAt.get(around) ?? []) if (isOther(outer, leak)) said.add(outer)
      if (runAt.get(around)?.some((nearer) => isOther(nearer, leak)) === true) said.add(leak)
    }
  }
  return said
}

/** Whether two leaks are the same secret at two places. */
function isOther(one: FoundLeak, other: FoundLeak): boolean {
  const isSame = isPartOf(one.output, other.output) && one.leak.source === other.leak.source
  return isSame && one.sink.node !== other.sink.node
}

/** The function or class of the file that `node` runs. */
function runBy(node: Node, code: LocalCode): Node | undefined {
  if (node.type === 'NewExpression') return code.constructed(node)
  return node.type === 'CallExpression' ? code.functionOf(node.callee) : undefined
}
