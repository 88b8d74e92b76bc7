import type { TSESLint } from '@typescript-eslint/utils'
import { LocalCode } from './local-code.ts'
import { Taint } from './taint.ts'
import { typeFacts, type TypeFacts } from './type-facts.ts'

/** What all rules together find out about one file, each thing once. */
export interface Analysis {
  readonly source: TSESLint.SourceCode
  readonly code: LocalCode
  /** Undefined where the parser gives no types. */
  readonly types: TypeFacts | undefined
  /** Follows values, with further names of functions whose result is safe. */
  taintWith(sanitizers: readonly string[]): Taint
}

const KNOWN = new WeakMap<TSESLint.SourceCode, Analysis>()

/** The analysis of the file that `context` is of. */
export function analysisOf(
  context: Readonly<TSESLint.RuleContext<string, readonly unknown[]>>,
): Analysis {
  const source = context.sourceCode
  const known = KNOWN.get(source)
  if (known !== undefined) return known
  const types = typeFacts(context)
  const code = new LocalCode(source)
  const taints = new Map<string, Taint>()
  const analysis: Analysis = {
    source,
    code,
    types,
    taintWith(sanitizers) {
      const key = [...sanitizers].sort().join('\n')
      const taint = taints.get(key) ?? new Taint(source, code, types, new Set(sanitizers))
      taints.set(key, taint)
      return taint
    },
  }
  KNOWN.set(source, analysis)
  return analysis
}
