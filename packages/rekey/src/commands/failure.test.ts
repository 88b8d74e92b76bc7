import { StartupError } from '@rekey/config-loader'
import { RotationError } from '../engine/rotation-error.ts'
import { SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { expect, it } from 'vitest'
import { EXIT_CODE_TABLE, exitCodeOf, failureDocument, OVERDUE, worstOf } from './failure.ts'

const failures = (...codes: SecretErrorCode[]) =>
  codes.map((code) => ({ key: 'KEY', code, rule: '', source: 'env', remedy: '' }))

const FULL = { reason: 'unwritable' } as const

it.each<[string, Error, number]>([
  ['a store without an answer', new SecretError('unreachable', 'no answer'), 4],
  ['a step without an answer', new RotationError('stopped', 'A', 'no answer'), 4],
  ['secrets without an answer', new StartupError('a', failures('unreachable', 'unreachable')), 4],
  ['a secret that is missing, too', new StartupError('a', failures('unreachable', 'missing')), 1],
  ['a store that refuses', new SecretError('forbidden', 'refused'), 1],
  ['a full disk', new SecretError('unwritable', 'full'), 8],
  ['a step that met a full disk', new RotationError('stopped', 'A', 'full', FULL), 8],
  ['a full disk before it was rolled back', new RotationError('rolled-back', 'A', 'full', FULL), 5],
  ['a fault of a program', new TypeError('unknown'), 1],
])('the exit code of %s is in the table', (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code)
  expect(EXIT_CODE_TABLE.map((row) => row.code)).toContain(code)
})

it('R47 names the replica that rejects a version, and why, as fields for programs', () => {
  const details = { replica: 'http://127.0.0.1:9001', by: 'rule', why: 'malformed' }
  const at = { step: 'admit', reason: 'rejected', details } as const
  const failure = failureDocument(new RotationError('rolled-back', 'A', 'rejected', at))
  const fields = { secret: 'A', step: 'admit', reason: 'rejected', ...details }
  expect(failure).toMatchObject({ code: 'rolled-back', exitCode: 5, details: fields })
})

it.each([
  [[], 0],
  [[0, 3, 0], 0],
  [[OVERDUE, 3], OVERDUE],
  [[OVERDUE, 6], 6],
  [[6, 4, 0], 4],
  [[4, 5, 6], 5],
  [[5, 4, 8], 8],
  [[5, 1, 4], 1],
])('of the exit codes %j the worst is %d', (codes, worst) => {
  expect(worstOf(codes)).toBe(worst)
})
