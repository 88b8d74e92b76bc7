import type { Answer } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { findAbsent, withoutAbsent } from '../engine/internal.ts'

const answer = (port: number, more: object): Answer => {
  const url = `http://10.0.0.1:${port}`
  return { replica: { service: 'beta', url, healthUrl: url }, ack: undefined, ...more }
}

const DOWN = answer(1, { absence: 'it is ending' })
const LATE = answer(2, { problem: 'refuses its report' })

/** What a fleet that goes on without port 1 answers, where the replicas answer so. */
function answersWithout(answers: Answer[]) {
  const whole = {
    replicas: () => Promise.resolve([]),
    acknowledgements: () => Promise.resolve(answers),
  }
  const question = { service: 'beta', secret: 'A' }
  return withoutAbsent(whole, ['10.0.0.1:1']).acknowledgements(question, AbortSignal.timeout(5_000))
}

it('waits for a replica that is not named, or answers', async () => {
  const answering = answer(1, { problem: 'refuses its report' })
  expect(await answersWithout([DOWN, LATE])).toEqual([LATE])
  expect(await answersWithout([answering, LATE])).toEqual([answering, LATE])
})

it('awaits no replica of a service that is scaled to none', async () => {
  expect(await answersWithout([])).toEqual([])
})

it('refuses to go on without the last replica of a service', async () => {
  await expect(answersWithout([DOWN])).rejects.toMatchObject({ code: 'missing' })
})

const question = (...names: string[]) => ({ names, services: ['beta', 'gamma'], secret: 'A' })
const fleet = {
  replicas: () => Promise.resolve([]),
  acknowledgements: ({ service }: { readonly service: string }) =>
    Promise.resolve(service === 'beta' ? [LATE] : [DOWN]),
}
const signal = AbortSignal.timeout(5_000)

it.each(['10.0.0.1:1', 'http://10.0.0.1:1'])(
  'finds a replica that does not answer by %s',
  async (name) => {
    expect(await findAbsent(question(name), fleet, signal)).toEqual([DOWN.replica])
  },
)

it('asks nothing where no replica is named', async () => {
  const silent = { ...fleet, acknowledgements: () => Promise.reject(new Error('asked')) }
  expect(await findAbsent(question(), silent, signal)).toEqual([])
})

it('refuses to go on without a replica that answers, and names those that there are instead of an unknown one', async () => {
  await expect(findAbsent(question('10.0.0.1:2'), fleet, signal)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('10.0.0.1:2 answers, so it is waited for') as string,
  })
  await expect(findAbsent(question('10.0.0.1:3'), fleet, signal)).rejects.toMatchObject({
    code: 'missing',
    message:
      '10.0.0.1:3 is no replica of beta or gamma, and is not waited for; there are: http://10.0.0.1:2, http://10.0.0.1:1',
  })
})
