import { join } from 'node:path'
import { weigh } from '@rekey/packaging'
import { expect, it } from 'vitest'

type Row = readonly [what: keyof ReturnType<typeof weigh>, most: number, wanted: number]

/** What may be of each. A change that makes one less lowers its `most`, until that is what is wanted. */
const BUDGET: readonly Row[] = [
  ['packages', 12, 12],
  ['public entry points', 32, 32],
  ['public names', 320, 320],
  // Who does not use what an integration connects never meets it.
  ['entry points of the largest integration', 2, 2],
  ['names of the largest integration', 12, 12],
  ['lines of code', 100_300, 75_000],
]

const weight = weigh(join(import.meta.dirname, '../..'))

it.each(BUDGET)('the repository keeps to its budget of %s: at most %i', (what, most) => {
  expect(weight[what], 'what comes in pays by what goes out').toBeLessThanOrEqual(most)
})
