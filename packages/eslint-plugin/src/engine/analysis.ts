import type { TSESLint } from '@typescript-eslint/utils'
import type { SourceCode } from './syntax/nodes.ts'
import { codeOf } from './code/code-of.ts'
import type { LocalCode } from './code/local-code.ts'
import { everyName, type NamePolicy } from './naming/name-policy.ts'
import { Taint } from './taint/taint.ts'
import { typeFacts, type TypeFacts } from './types/type-facts.ts'

/** The analysis of one file, shared by all rules, each part computed once. */
export interface Analysis {
  readonly source: SourceCode
  readonly code: LocalCode
  /** Undefined where the parser gives no types. */
  readonly types: TypeFacts | undefined
  /** Follows values, with further names of functions whose result is safe; of secret names, those in `names` count. */
  taintWith(sanitizers: readonly string[], names?: NamePolicy): Taint
  /** Follows only what came out of `expose()`, which is cheaper. */
  exposures(): Taint
}

const KNOWN = new WeakMap<SourceCode, Analysis>()

/** The analysis of the file that `context` is of. */
export function analysisOf(
  context: Readonly<TSESLint.RuleContext<string, readonly unknown[]>>,
): Analysis {
  const source = context.sourceCode
  const known = KNOWN.get(source)
  if (known !== undefined) return known
  const types = typeFacts(context)
  const code = codeOf(source)
  const taints = new Map<NamePolicy, Map<string, Taint>>()
  let exposures: Taint | undefined
  const analysis: Analysis = {
    source,
    code,
    types,
    taintWith(sanitizers, names = everyName) {
      const key = [...sanitizers].sort().join('\n')
      const known = taints.get(names) ?? new Map<string, Taint>()
      const judgement = { sanitizers: new Set(sanitizers), names }
      const taint = known.get(key) ?? new Taint(source, code, types, judgement)
      taints.set(names, known.set(key, taint))
      return taint
    },
    exposures() {
      const judgement = { sanitizers: new Set<string>(), names: () => false, onlyExposed: true }
      return (exposures ??= new Taint(source, code, types, judgement))
    },
  }
  KNOWN.set(source, analysis)
  return analysis
}
