import { createRule } from '../create-rule.ts'
import { comparedName } from '../engine/comparing/compared-secrets.ts'
import { COMPARE_DIGESTS, onComparisons } from './compare-rule.ts'

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
    return onComparisons(context, 'nameCompared', comparedName)
  },
})
