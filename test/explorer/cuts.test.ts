// @lane servers
import { expect, it } from 'vitest'
import { runWithoutGuards } from './run-cuts.ts'

it('each guard in the code has a test that passes with it and fails without it', async () => {
  const missed = await runWithoutGuards()
  const expected = Array.from(missed.keys(), (holds) => [
    holds,
    { whole: 'passed', without: 'failed' },
  ])
  expect(Object.fromEntries(missed)).toEqual(Object.fromEntries(expected))
}, 1_200_000)
