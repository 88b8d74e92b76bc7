import type { Answer } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { withoutAbsent } from '../engine/internal.ts'

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
