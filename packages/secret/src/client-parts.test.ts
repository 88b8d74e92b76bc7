import { expect, it } from 'vitest'
import { Secret, SecretError, type SecretVersion } from './index.ts'
import {
  askForNewest,
  createLiveSecret,
  isRejection,
  liveVersions,
  type RejectionCause,
  STAGES,
  tryVersions,
} from './internal.ts'

const versionOf = (version: string): SecretVersion => {
  const value = Secret.of(`value ${version}`, 'KEY')
  return { name: 'KEY', version, stage: 'current', value, sensitive: [value] }
}
const [current, pending, previous] = [versionOf('2'), versionOf('3'), versionOf('1')]
const staged = { name: 'KEY', revision: '1', current, pending, previous }

it('lists live versions with the current one first, and stages as a version passes through them', () => {
  expect(liveVersions(staged)).toEqual([current, pending, previous])
  expect(liveVersions({ name: 'KEY', revision: '1', current })).toEqual([current])
  expect(STAGES).toEqual(['pending', 'current', 'previous'])
})

const refusal = new SecretError('rejected', 'wrong')

/** Tries versions at a far side that accepts some; which it was asked, and the counts. */
async function tryAt(accepted: string, trial: { first?: string; failure?: Error } = {}) {
  const live = createLiveSecret(staged)
  const asked: string[] = []
  const attempt = ({ version }: SecretVersion) => {
    asked.push(version)
    if (version === accepted) return Promise.resolve(`by ${version}`)
    return Promise.reject(trial.failure ?? refusal)
  }
  const result: unknown = await tryVersions(live, { attempt, first: trial.first }).catch(
    (error: unknown) => error,
  )
  const counts = live.usage.report().versions.map((use) => [use.version, use.uses, use.failures])
  return { result, asked, counts }
}

it('tries live versions until one is not refused, and counts each', async () => {
  expect(await tryAt('2')).toMatchObject({ result: 'by 2', asked: ['2'] })
  const { result, asked, counts } = await tryAt('1')
  expect([result, asked]).toEqual(['by 1', ['2', '3', '1']])
  expect(counts.toSorted()).toEqual([
    ['1', 1, 0],
    ['2', 1, 1],
    ['3', 1, 1],
  ])
})

it('tries the version first that it is told to', async () => {
  expect((await tryAt('1', { first: '1' })).asked).toEqual(['1'])
  expect((await tryAt('1', { first: '3' })).asked).toEqual(['3', '2', '1'])
})

it('gives the last refusal where all are refused, and any other failure at once', async () => {
  expect(await tryAt('none')).toMatchObject({ result: refusal, asked: ['2', '3', '1'] })
  const failure = new SecretError('unreachable', 'down')
  const { result, asked, counts } = await tryAt('none', { failure })
  expect([result, asked, counts]).toEqual([failure, ['2'], [['2', 1, 0]]])
})

it.each([
  [refusal, true],
  [new SecretError('unreachable', 'down'), false],
  [Object.assign(new Error('another'), { code: 'rejected' }), false],
  [undefined, false],
])('knows a refusal for certain %#', (error, expected) => {
  expect(isRejection(error)).toBe(expected)
})

it('has the store asked for a newer value, and does not report why there is none', async () => {
  const causes: RejectionCause[] = []
  const refresh = (cause: RejectionCause) => {
    causes.push(cause)
    return Promise.reject(new Error('the store is down'))
  }
  const live = createLiveSecret(staged, { refresh })
  await askForNewest(live)
  await askForNewest(live, 'retiring')
  expect(causes).toEqual(['unauthorized', 'retiring'])
})
