import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { createRule } from '../create-rule.ts'
import { analysisOf } from '../engine/analysis.ts'
import { comparedSecret } from '../engine/comparing/compared-secrets.ts'
import { COMPARING_TEXT, type Comparison, comparisonsIn } from '../engine/comparing/comparisons.ts'
import { cryptoImport } from '../engine/syntax/crypto-import.ts'
import { describe } from '../engine/syntax/paths.ts'
import { visit } from '../engine/visits.ts'

interface Options {
  /** Whether to go by names where no `Secret` shows. */
  readonly names?: boolean
  /** Names of functions whose result may be compared. */
  readonly sanitizers?: readonly string[]
}

type MessageIds = 'secretCompared' | 'nameCompared' | 'compareDigests'

/** No file without one of these words has a secret to compare. */
const SECRET_TEXT =
  /expose|secret|token|key|pass|pwd|credential|authorization|otp|jwt|bearer|hmac|signature|csrf|xsrf/i

/** Finds comparisons of secrets that take longer the more of the secret was guessed. */
export const noTimingUnsafeCompare = createRule<[Options], MessageIds>({
  name: 'no-timing-unsafe-compare',
  meta: {
    type: 'problem',
    docs: { description: 'Compare secrets in constant time', cwe: 'CWE-208' },
    messages: {
      secretCompared:
        '{{operation}} ends at the first difference, so the time it takes tells how much of {{secret}} was guessed. Compare digests with timingSafeEqual.',
      nameCompared:
        '{{secret}} is called like a secret, and {{operation}} ends at the first difference, so the time it takes tells how much of it was guessed. Compare digests with timingSafeEqual.',
      compareDigests: 'Compare SHA-256 digests, which are equally long, with timingSafeEqual.',
    },
    hasSuggestions: true,
    schema: [
      {
        type: 'object',
        description: 'What counts as a secret.',
        additionalProperties: false,
        properties: {
          names: { type: 'boolean', description: 'Whether to go by names where no Secret shows.' },
          sanitizers: {
            type: 'array',
            items: { type: 'string' },
            uniqueItems: true,
            description: 'Names of functions whose result may be compared.',
          },
        },
      },
    ],
    defaultOptions: [{ names: true, sanitizers: [] }],
  },
  create(context, [{ names = true, sanitizers = [] }]) {
    const source = context.sourceCode
    if (!SECRET_TEXT.test(source.text) || !COMPARING_TEXT.test(source.text)) return {}
    const comparisons: Comparison[] = []
    const keep = (node: TSESTree.Node) => void comparisons.push(...comparisonsIn(node, source))
    const visitors = { BinaryExpression: keep, SwitchStatement: keep, CallExpression: keep }
    return visit(context, visitors, () => {
      const analysis = analysisOf(context)
      for (const comparison of comparisons) {
        const found = comparedSecret(comparison, analysis, sanitizers)
        if (found === undefined || (found.certainty === 'name' && !names)) continue
        const messageId = found.certainty === 'name' ? 'nameCompared' : 'secretCompared'
        const { node, operation } = comparison
        const data = { operation, secret: describe(found.source) }
        context.report({ node, messageId, data, suggest: suggestions(comparison, source) })
      }
    })
  },
})

function suggestions(
  { node, left, right, result }: Comparison,
  source: TSESLint.SourceCode,
): TSESLint.ReportSuggestionArray<MessageIds> {
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
