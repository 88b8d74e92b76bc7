import { SecretError } from '@rekey/secret'
import { beforeAll, expect, it } from 'vitest'
import type { OrderTaker, SignIn } from '../index.ts'
import {
  buildPage,
  openGuarded,
  signIn,
  untilCallback,
} from '../../../test/console/login/guarded-console.support.ts'
import { createOrigin } from '../../../test/console/login/origin.support.ts'

beforeAll(buildPage)

/** A console whose sign-ins are recorded in a list, while `log.isAway` is false. */
async function openRecorded(
  options: { readonly clientSecret?: string; readonly orders?: OrderTaker } = {},
) {
  const log = { isAway: false, entries: [] as SignIn[] }
  const guarded = await openGuarded({
    ...options,
    recordSignIn(entry) {
      if (log.isAway) return Promise.reject(new SecretError('unwritable', 'the disk is full'))
      log.entries.push(entry)
      return Promise.resolve()
    },
  })
  return { log, guarded }
}

it('records who signs in, and who signs out', async () => {
  const { log, guarded } = await openRecorded()
  const { origin } = await signIn(guarded, ['on-call'])
  const operator = { issuer: guarded.provider.issuer, role: 'operator' }
  expect(log.entries).toMatchObject([{ action: 'sign-in', operator }])
  expect(log.entries[0]).not.toHaveProperty('refusedFor')
  await origin.ask('POST', '/logout')
  expect(log.entries.slice(1)).toMatchObject([{ action: 'sign-out', operator }])
  await origin.ask('POST', '/logout')
  expect(log.entries).toHaveLength(2)
})

it('records the refusal of a person without a role, of an answer to no sign-in, and of one that the provider does not prove', async () => {
  const { log, guarded } = await openRecorded()
  await signIn(guarded, ['others'])
  const { issuer } = guarded.provider
  expect(log.entries).toMatchObject([{ refusedFor: 'role', operator: { issuer } }])
  await createOrigin(guarded.here).finish('?state=forged&code=forged', 'forged')
  expect(log.entries[1]).toEqual({ action: 'sign-in', refusedFor: 'not-begun' })
  const mistaken = await openRecorded({ clientSecret: 'another'.repeat(6) })
  await signIn(mistaken.guarded, ['on-call'])
  const [failed, ...more] = mistaken.log.entries
  expect(failed).toEqual({ action: 'sign-in', refusedFor: expect.any(String) as string })
  expect(more).toEqual([])
})

it('lets in no one whose sign-in cannot be recorded, and ends a session whose end cannot', async () => {
  const { log, guarded } = await openRecorded()
  const { origin, get } = await signIn(guarded, ['watchers'])
  log.isAway = true
  const out = await origin.ask('POST', '/logout')
  expect([out.status, await out.json()]).toMatchObject([503, { code: 'unwritable' }])
  expect((await get('/session')).status).toBe(401)
  const again = await signIn(guarded, ['watchers'], origin)
  expect(again.finished.status).toBe(503)
  expect((await get('/session')).status).toBe(401)
  log.isAway = false
  expect((await signIn(guarded, ['watchers'], origin)).finished.status).toBe(200)
})

it('lets no one rotate without grace whose sign-in for that cannot be recorded', async () => {
  const orders = { rotate: () => Promise.resolve('v2'), refused: () => Promise.resolve() }
  const { log, guarded } = await openRecorded({ orders })
  const { origin } = await signIn(guarded, ['on-call'])
  const order = { title: 'api-key shop:till', confirmed: 'api-key shop:till' }
  const { query, attempt } = await untilCallback(origin, order)
  log.isAway = true
  expect((await origin.finish(query, attempt)).status).toBe(503)
  log.isAway = false
  const rotated = await origin.ask('POST', '/rotate', { ...order, compromised: true })
  expect([rotated.status, await rotated.json()]).toMatchObject([403, { code: 'sign-in' }])
})
