import { generateKeyPairSync } from 'node:crypto'
import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { isSame, type Session, Sessions } from './sessions.ts'

const MINUTE_MS = 60_000
const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** At a clock that has gone for a while: sessions begin at any time of it. */
async function open() {
  const clock = createFakeClock()
  await clock.advance(7 * MINUTE_MS)
  const sessions = new Sessions({ clock, sessionMs: 60 * MINUTE_MS, idleMs: 15 * MINUTE_MS })
  let proofs = 0
  const find = (id: string) =>
    sessions.find({ id, once: String((proofs += 1)), isSignedBy: () => true })
  const begin = (id: string, subject = id): Session => {
    sessions.begin({ issuer: 'i', subject, name: subject }, { id, key })
    return find(id) ?? expect.fail('the session has not begun')
  }
  return { clock, sessions, find, begin }
}

it('a session is idle again a quarter of an hour after its stream was closed', async () => {
  const { clock, sessions, find, begin } = await open()
  const release = sessions.hold(begin('a'), () => undefined)
  await clock.advance(20 * MINUTE_MS)
  release()
  await clock.advance(14 * MINUTE_MS)
  expect(find('a')).toBeDefined()
  await clock.advance(15 * MINUTE_MS)
  expect(find('a')).toBeUndefined()
})

it('a session ends an hour after it has begun, and its stream then, however long it was used', async () => {
  const { clock, sessions, find, begin } = await open()
  const session = begin('a')
  let hasEnded = false
  await clock.advance(30 * MINUTE_MS)
  sessions.hold(session, () => (hasEnded = true))
  await clock.advance(29 * MINUTE_MS)
  expect([hasEnded, find('a')?.id]).toEqual([false, 'a'])
  await clock.advance(MINUTE_MS)
  expect([hasEnded, find('a')]).toEqual([true, undefined])
})

it('takes a permit within a minute of its sign-in', async () => {
  const { clock, sessions, begin } = await open()
  const session = begin('a')
  for (const [lateMs, may] of [
    [59_999, true],
    [60_000, false],
  ] as const) {
    sessions.permit(session, 'KEY')
    await clock.advance(lateMs)
    expect(sessions.takePermit(session, 'KEY')).toBe(may)
  }
})

it('a stream that was closed is not ended with its session, and one that comes after it is at once', async () => {
  const { sessions, begin } = await open()
  const ended: string[] = []
  const session = begin('a')
  sessions.hold(session, () => ended.push('closed'))()
  sessions.hold(session, () => ended.push('open'))
  sessions.end(session)
  expect(ended).toEqual(['open'])
  sessions.hold(session, () => ended.push('late'))
  expect(ended).toEqual(['open', 'late'])
})

it('a session ends after 20,000 requests, so that what it remembers has an end', async () => {
  const { find, begin } = await open()
  begin('a')
  for (let request = 2; request <= 20_000; request += 1) find('a')
  expect(find('a')).toBeUndefined()
  expect(find('a')).toBeUndefined()
})

it('there are a thousand sessions at most, and the oldest ends for a new one', async () => {
  const { find, begin } = await open()
  for (let person = 1; person <= 1_000; person += 1) begin(`${person}`)
  expect(find('1')).toBeDefined()
  begin('1001')
  expect([find('1'), find('2')?.id]).toEqual([undefined, '2'])
})

it('one person has ten sessions at most, and the oldest ends for a new one, not one of another person', async () => {
  const { find, begin, sessions } = await open()
  begin('other')
  for (let browser = 1; browser <= 10; browser += 1) begin(`${browser}`, 'alice')
  expect(sessions.isTaken({ id: '1', key })).toBe(true)
  begin('11', 'alice')
  const ids = ['1', '2', '11', 'other']
  expect(ids.map((id) => sessions.isTaken({ id, key }))).toEqual([false, true, true, true])
  expect(find('other')?.id).toBe('other')
})

it('a person of the same name at another provider is another one', () => {
  const one = { issuer: 'i', subject: 'alice', name: 'alice' }
  expect(isSame(one, { ...one, name: 'al' })).toBe(true)
  expect(isSame(one, { ...one, issuer: 'j' })).toBe(false)
  expect(isSame(one, { ...one, subject: 'bob' })).toBe(false)
})

it('a proof that was taken, or that another key has signed, is no use of a session', async () => {
  const { clock, sessions, find, begin } = await open()
  begin('a')
  await clock.advance(14 * MINUTE_MS)
  const proof = { id: 'a', once: 'forged', isSignedBy: (own: unknown) => own !== key }
  expect(sessions.find(proof)).toBeUndefined()
  expect(sessions.find({ ...proof, once: '1', isSignedBy: () => true })).toBeUndefined()
  expect(sessions.find(undefined)).toBeUndefined()
  await clock.advance(MINUTE_MS)
  expect(find('a')).toBeUndefined()
})

it('a permit is for one secret, once, and goes with its session', async () => {
  const { sessions, begin } = await open()
  const session = begin('a')
  expect(sessions.takePermit(session, 'KEY')).toBe(false)
  sessions.permit(session, 'KEY')
  const taken = ['OTHER', 'KEY', 'KEY'].map((title) => sessions.takePermit(session, title))
  expect(taken).toEqual([false, true, false])
  sessions.permit(session, 'KEY')
  sessions.end(session)
  sessions.permit(session, 'KEY')
  expect(sessions.takePermit(session, 'KEY')).toBe(false)
})

it('a session with a stream is not idle, and a stream that was closed leaves no timer', async () => {
  const { clock, sessions, find, begin } = await open()
  const session = begin('a')
  const ends: string[] = []
  sessions.hold(session, () => ends.push('first'))()
  sessions.end(session)
  begin('a')
  await clock.advance(14 * MINUTE_MS)
  sessions.hold(find('a') ?? session, () => ends.push('second'))
  await clock.advance(45 * MINUTE_MS)
  expect([find('a')?.id, ends]).toEqual(['a', []])
  await clock.advance(MINUTE_MS)
  expect([find('a'), ends]).toEqual([undefined, ['second']])
})
