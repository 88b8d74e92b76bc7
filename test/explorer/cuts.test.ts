// @lane servers
import process from 'node:process'
import { expect, it } from 'vitest'
import { GUARDED_FILES, GUARDED_ROTATIONS } from './cuts.ts'
import { runWithoutGuards } from './run-cuts.ts'

const FILES = process.env['REKEY_EXHAUSTIVE'] === '1' ? GUARDED_FILES : GUARDED_ROTATIONS

it('each guard in the code has a test that passes with it and fails without it', async () => {
  const missed = await runWithoutGuards(FILES)
  const expected = Array.from(missed.keys(), (holds) => [
    holds,
    { whole: 'passed', without: 'failed' },
  ])
  expect(Object.fromEntries(missed)).toEqual(Object.fromEntries(expected))
}, 2_400_000)
