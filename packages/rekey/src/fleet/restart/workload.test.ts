import { createHash } from 'node:crypto'
import type { SecretVersion, StagedSecret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { annotationOf, markBetween, markOf, versionOfMark } from './workload.ts'

const versionOf = (version: string) => ({ version }) as SecretVersion
const stagedOf = (stages: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(stages).map(([stage, version]) => [stage, versionOf(version)]),
  ) as unknown as StagedSecret

it.each([
  [
    'before promote the one that it replaces is pending',
    { current: 'a', pending: 'b' },
    'a replaces b',
  ],
  ['after promote it is the previous one', { current: 'b', previous: 'a' }, 'b replaces a'],
  [
    'one that is pending beside it is of the next rotation',
    { current: 'b', previous: 'a', pending: 'c' },
    'b replaces a',
  ],
  ['of a version alone it is that version', { current: 'a' }, 'a'],
])('a mark names a restart by two versions: %s', (_, stages, mark) => {
  expect(markOf(stagedOf(stages))).toBe(mark)
  expect(versionOfMark(mark)).toBe(stages.current)
})

it('a mark is the same where the store has dropped the version that was replaced', () => {
  expect(markBetween('b', 'a')).toBe(markOf(stagedOf({ current: 'b', previous: 'a' })))
})

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex').slice(0, 32)

it.each([
  ['two letters', 'AB', 'AB'],
  ['63 letters, digits and underscores', `A${'_9'.repeat(31)}`, `A${'_9'.repeat(31)}`],
  ['64 letters', 'A'.repeat(64), undefined],
  ['one letter', 'A', undefined],
  ['an underscore at its end', 'API_', undefined],
  ['a digit at its beginning', '1API', undefined],
  ['a small letter', 'APi', undefined],
  ['a line end', 'API\n', undefined],
  ['another character before it', ' API', undefined],
])('an annotation has the name of a secret, or its hash: %s', (_, secret, name) => {
  expect(annotationOf(secret)).toBe(`restart.rekey.dev/${name ?? hashOf(secret)}`)
})
