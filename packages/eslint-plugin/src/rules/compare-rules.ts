import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../engine/syntax/nodes.ts'
import { type Analysis, analysisOf } from '../engine/analysis.ts'
import { COMPARING_TEXT, type Comparison, comparisonsOf } from '../engine/comparing/comparisons.ts'
import { cryptoImport } from '../engine/syntax/member-calls.ts'
import { describe } from '../engine/syntax/paths.ts'
import { visit } from '../engine/visits.ts'
import { createRule } from '../create-rule.ts'
import { keepPath } from '../engine/leaks/found-paths.ts'
import type { Leak } from '../engine/taint/flow.ts'
import { comparedName, comparedValue } from '../engine/comparing/compared-secrets.ts'
import { list, optionsOf } from './option-schema.ts'

/** The suggestion of the rules about comparisons. */
const COMPARE_DIGESTS = {
  compareDigests: 'Compare SHA-256 digests, which are equally long, with timingSafeEqual.',
} as const

/** No file without one of these words has a secret to compare. */
const SECRET_TEXT =
  /expose|secret|token|key|pass|pwd|credential|authorization|otp|jwt|bearer|hmac|signature|csrf|xsrf/i

/** Reports each comparison in which `find` finds a secret, and suggests to compare digests. */
function onComparisons<MessageIds extends string>(
  context: Readonly<TSESLint.RuleContext<MessageIds | 'compareDigests', readonly unknown[]>>,
  messageId: MessageIds,
  kind: Leak['kind'],
  find: (comparison: Comparison, analysis: Analysis) => Node | undefined,
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
      keepPath(context, node, { kind, source: found })
      context.report({ node, messageId, data, suggest: suggestions(comparison, source) })
    }
  })
}

function suggestions(
  { node, left, right, result }: Comparison,
  source: SourceCode,
): TSESLint.ReportSuggestionArray<'compareDigests'> {
  const sides = [left, right]
  const isSpread = sides.some(({ type }) => type === 'SpreadElement')
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

interface Options {
  /** Names of functions whose result may be compared. */
  readonly sanitizers?: readonly string[]
}

/** Finds comparisons of secrets that take longer the more of the secret was guessed. */
export const noTimingUnsafeCompare = createRule<
  [Options],
  'secretCompared' | keyof typeof COMPARE_DIGESTS
>({
  name: 'no-timing-unsafe-compare',
  meta: {
    type: 'problem',
    docs: { description: 'Compare secrets in constant time', cwe: 'CWE-208' },
    messages: {
      secretCompared:
        '{{operation}} ends at the first difference, so the time it takes reveals how much of {{secret}} was guessed. Compare digests with timingSafeEqual.',
      ...COMPARE_DIGESTS,
    },
    hasSuggestions: true,
    schema: optionsOf('What makes a secret fit to be compared.', {
      sanitizers: list('Names of functions whose result may be compared.'),
    }),
    defaultOptions: [{ sanitizers: [] }],
  },
  create(context, [{ sanitizers = [] }]) {
    return onComparisons(context, 'secretCompared', 'exposed', (comparison, analysis) =>
      comparedValue(comparison, analysis, sanitizers),
    )
  },
})

/** Finds comparisons of what is only named like a secret. Less certain than those of secrets, so its own rule. */
export const noTimingUnsafeNameCompare = createRule<
  [],
  'nameCompared' | keyof typeof COMPARE_DIGESTS
>({
  name: 'no-timing-unsafe-name-compare',
  meta: {
    type: 'problem',
    docs: { description: 'Compare what is named like a secret in constant time', cwe: 'CWE-208' },
    messages: {
      nameCompared:
        '{{secret}} is named like a secret, and {{operation}} ends at the first difference, so the time it takes reveals how much of it was guessed. Compare digests with timingSafeEqual.',
      ...COMPARE_DIGESTS,
    },
    hasSuggestions: true,
    schema: [],
    defaultOptions: [],
  },
  create(context) {
    return onComparisons(context, 'nameCompared', 'name', comparedName)
  },
})
