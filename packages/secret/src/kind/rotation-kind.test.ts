import { expect, it } from 'vitest'
import { Secret, type SecretVersion, type StagedSecret } from '../index.ts'
import { describeVersion, hasPending, hasPrevious, storedLife } from './internal.ts'

const value = Secret.of('a text', 'KEY')
const current: SecretVersion = { name: 'KEY', version: '1', stage: 'current', value, sensitive: [] }
const staged: StagedSecret = { name: 'KEY', revision: '1', current }

it('finds whether a version waits, and whether the last one still lives', () => {
  expect([hasPending(staged), hasPrevious(staged)]).toEqual([false, false])
  expect(hasPending({ ...staged, pending: current })).toBe(true)
  expect(hasPrevious({ ...staged, previous: current })).toBe(true)
})

it('keeps nothing of a version but its name and its public id', () => {
  expect(describeVersion({ ...current, id: 'k1' })).toStrictEqual({ version: '1', id: 'k1' })
  expect(describeVersion(current)).toStrictEqual({ version: '1' })
})

it('a version lives as long as the store records', () => {
  const [createdAt, expiresAt] = [new Date(1), new Date(2)]
  expect(storedLife({ ...current, createdAt, expiresAt })).toStrictEqual({ createdAt, expiresAt })
  expect(storedLife(current)).toStrictEqual({})
})
