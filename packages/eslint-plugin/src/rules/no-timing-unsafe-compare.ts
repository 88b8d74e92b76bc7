import { createRule } from '../create-rule.ts'
import { comparedValue } from '../engine/comparing/compared-secrets.ts'
import { COMPARE_DIGESTS, onComparisons } from './compare-rule.ts'

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
    schema: [
      {
        type: 'object',
        description: 'What makes a secret fit to be compared.',
        additionalProperties: false,
        properties: {
          sanitizers: {
            type: 'array',
            items: { type: 'string' },
            uniqueItems: true,
            description: 'Names of functions whose result may be compared.',
          },
        },
      },
    ],
    defaultOptions: [{ sanitizers: [] }],
  },
  create(context, [{ sanitizers = [] }]) {
    return onComparisons(context, 'secretCompared', (comparison, analysis) =>
      comparedValue(comparison, analysis, sanitizers),
    )
  },
})
