import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { type Analysis, analysisOf } from '../engine/analysis.ts'
import { COMPARING_TEXT, type Comparison, comparisonsOf } from '../engine/comparing/comparisons.ts'
import { cryptoImport } from '../engine/syntax/crypto-import.ts'
import { describe } from '../engine/syntax/paths.ts'
import { visit } from '../engine/visits.ts'

/** The suggestion of the rules about comparisons. */
export const COMPARE_DIGESTS = {
  compareDigests: 'Compare SHA-256 digests, which are equally long, with timingSafeEqual.',
} as const

/** No file without one of these words has a secret to compare. */
const SECRET_TEXT =
  /expose|secret|token|key|pass|pwd|credential|authorization|otp|jwt|bearer|hmac|signature|csrf|xsrf/i

/** Reports each comparison in which `find` finds a secret, and suggests to compare digests. */
export function onComparisons<MessageIds extends string>(
  context: Readonly<TSESLint.RuleContext<MessageIds | 'compareDigests', readonly unknown[]>>,
  messageId: MessageIds,
  find: (comparison: Comparison, analysis: Analysis) => TSESTree.Node | undefined,
): TSESLint.RuleListener {
  const source = context.sourceCode
  if (!SECRET_TEXT.test(source.text) || !COMPARING_TEXT.test(source.text)) return {}
  return visit(context, {}, () => {
    const analysis = analysisOf(context)
    for (const comparison of comparisonsOf('all', source)) {
      const found = find(comparison, analysis)
      if (found === undefined) continue
      const { node, operation } = comparison
      const data = { operation, secret: describe(found) }
      context.report({ node, messageId, data, suggest: suggestions(comparison, source) })
    }
  })
}

function suggestions(
  { node, left, right, result }: Comparison,
  source: TSESLint.SourceCode,
): TSESLint.ReportSuggestionArray<'compareDigests'> {
  const sides = [left, right]
  const isSpread = sides.some(({ type }) => type === AST_NODE_TYPES.SpreadElement)
  const imports = cryptoImport(['createHash', 'timingSafeEqual'], node, source)
  if (result === undefined || isSpread || imports === undefined) return []
  const digests = sides.map(
    (side) => `createHash('sha256').update(${source.getText(side)}).digest()`,
  )
  const negation = result === 'different' ? '!' : ''
  const test = `${negation}timingSafeEqual(${digests.join(', ')})`
  return [
    {
      messageId: 'compareDigests',
      fix: (fixer) => [...imports(fixer), fixer.replaceText(node, test)],
    },
  ]
}
