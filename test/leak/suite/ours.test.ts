import { describe, expect, it } from 'vitest'
import { CASES, type Result, runCases } from './cases.ts'
import { OURS, UNPROTECTED } from './contenders.ts'

const declared = CASES.filter(({ isOutside }) => !isOutside)
const outside = CASES.filter(({ isOutside }) => isOutside)
const names = (results: readonly Result[]) => results.map((result) => result.case.name)
/** What leaks of the declared cases where nothing protects, by logger. */
const leaked = new Map(
  UNPROTECTED.map((contender) => {
    const results = runCases(contender, declared).filter(({ leaks }) => leaks.length > 0)
    return [contender.name, new Set(names(results))]
  }),
)

it('has many cases, each of which leaks through a logger without protection', () => {
  const silent = declared.filter(({ name }) => [...leaked.values()].every((set) => !set.has(name)))
  expect(silent).toEqual([])
  expect(declared.length).toBeGreaterThan(100)
  expect(outside.length).toBeGreaterThan(5)
})

describe.each(OURS)('$name', (contender) => {
  it('leaks no secret in the declared scope, but writes each line, with its tag where the secret was', () => {
    const results = runCases(contender, declared)
    expect(results.filter(({ leaks }) => leaks.length > 0)).toEqual([])
    expect(results.filter(({ lost }) => lost.length > 0)).toEqual([])
    const protectedOnes = results.filter((result) =>
      leaked.get(contender.name)?.has(result.case.name),
    )
    expect(protectedOnes.length).toBeGreaterThan(100)
    expect(protectedOnes.filter(({ untagged }) => untagged.length > 0)).toEqual([])
  })

  it('leaks what is out of scope, as the README states', () => {
    const kept = runCases(contender, outside).filter(({ leaks }) => leaks.length === 0)
    expect(names(kept)).toEqual([])
  })
})
