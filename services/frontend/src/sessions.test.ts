import { expect, it } from 'vitest'
import { pool } from '../test/frontend.support.ts'
import { beginSession, findSession } from './sessions.ts'

it('begins one session for a login, also where a provider takes its code twice', async () => {
  const alice = { issuer: 'https://login.example', subject: 'alice', email: 'alice@example.test' }
  const begin = () => beginSession(pool, alice, { state: 'of one login', previous: undefined })
  const [first = '', second] = [await begin(), await begin()]
  expect(await findSession(pool, first)).toEqual(alice)
  expect(second).toBeUndefined()
})
