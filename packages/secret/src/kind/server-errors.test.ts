import { expect, it } from 'vitest'
import { forbiddenTo, unanswered } from './internal.ts'

const failure = { host: 'redis.test:6379', reason: 'NOPERM' }

it('describes a server that does not answer, and one that forbids, by a code alone', () => {
  expect(unanswered(failure, 'check that it is up')).toMatchObject({
    code: 'unreachable',
    message: 'redis.test:6379 did not answer (NOPERM): check that it is up',
    details: failure,
  })
  expect(forbiddenTo(failure, 'grant it')).toMatchObject({
    code: 'forbidden',
    message: 'redis.test:6379 forbids it to the administrator: grant it',
    details: failure,
  })
})
