import { createFakeClock } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { openListener, type RotatingPool } from '../index.ts'
import { openProxy } from '../../test/proxy.support.ts'
import {
  eventually,
  type Fixture,
  SERVERS,
  stage,
  toldBy,
  useFixture,
} from '../../test/rotating.support.ts'

const ROTATIONS = 20
const MESSAGES = 5000

/** A listener that remembers what it was told, gaps included. */
async function listen(pool: RotatingPool, channels = ['news']) {
  const heard: string[] = []
  const listener = await openListener(pool, {
    channels,
    onNotification: ({ payload }) => heard.push(payload),
    onGap: () => heard.push('gap'),
    onProblem: ({ code }) => heard.push(code),
  })
  return { heard, [Symbol.asyncDispose]: () => listener.close() }
}

/** Sends numbered messages, ten a transaction, without a pause, until told to stop. */
async function sendUntil(fixture: Fixture, isOver: (sent: number) => boolean): Promise<number> {
  const sender = await fixture.connectAdmin()
  let sent = 0
  while (!isOver(sent)) {
    const payloads = Array.from({ length: 10 }, (_, index) => String(sent + index))
    await sender.query(`select pg_notify('news', each) from unnest($1::text[]) as each`, [payloads])
    sent += 10
  }
  await sender.end()
  return sent
}

const numbersTo = (end: number) => Array.from({ length: end }, (_, number) => String(number))

describe.each(SERVERS)('a listener on %s', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  async function rotate(pool: RotatingPool): Promise<void> {
    const old = fixture.login
    await fixture.switchTo(pool, await fixture.admit())
    await fixture.drop(old)
  }

  it(`hears more than ${MESSAGES} notifications exactly once and in order across ${ROTATIONS} rotations`, async () => {
    const pool = await fixture.open()
    await using ears = await listen(pool)
    let rotations = 0
    const sending = sendUntil(fixture, (sent) => rotations >= ROTATIONS && sent >= MESSAGES)
    for (; rotations < ROTATIONS; rotations += 1) await rotate(pool)
    const sent = await sending
    await eventually(() => ears.heard.length).toBeGreaterThanOrEqual(sent)
    expect(ears.heard).toEqual(numbersTo(sent))
  })

  it('R11: cut again and again while it moves, delivers nothing twice and loses nothing silently', async () => {
    const pool = await fixture.open()
    await using ears = await listen(pool)
    let isOver = false
    const sending = sendUntil(fixture, () => isOver)
    for (let round = 0; round < ROTATIONS; round += 1) {
      const drained = toldBy(pool, 'drained')
      const old = fixture.login
      fixture.live.update(stage(await fixture.admit()))
      await toldBy(pool, 'draining')
      await fixture.terminate(round % 2 === 0 ? old : fixture.login)
      await drained
      await fixture.drop(old)
    }
    isOver = true
    const sent = await sending
    // The last cut may still be being made good; then the first of these is one that the gap stands for.
    await eventually(async () => {
      await fixture.admin.query(`notify news, 'end'`)
      return ears.heard.at(-1)
    }).toBe('end')

    const numbers = ears.heard.filter((each) => /^\d+$/.test(each)).map(Number)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(numbers.length).toBeLessThanOrEqual(sent)
    let last = -1
    let isGap = false
    for (const each of ears.heard) {
      if (each === 'gap') isGap = true
      if (!/^\d+$/.test(each)) continue
      if (!isGap) expect(Number(each)).toBe(last + 1)
      last = Number(each)
      isGap = false
    }
    expect(ears.heard).toContain('gap')
  })

  it('tells equal notifications as often as they were sent, on channels of any name', async () => {
    const pool = await fixture.open()
    const channel = 'News of "today"; drop'
    await using ears = await listen(pool, ['news', channel])
    const send = () =>
      fixture.admin.query(`select pg_notify($1, 'same'), pg_notify('news', '')`, [channel])
    await send()
    await rotate(pool)
    await send()
    await eventually(() => ears.heard).toEqual(['same', '', 'same', ''])
  })

  it('lets the old login go while it listens, and its connection when it is closed', async () => {
    const pool = await fixture.open()
    const old = fixture.login
    const ears = await listen(pool)
    await fixture.switchTo(pool, await fixture.admit())
    expect([await fixture.sessions(old), await fixture.sessions()]).toEqual([0, 1])
    await ears[Symbol.asyncDispose]()
    await pool.end()
    expect(await fixture.sessions()).toBe(0)
  })

  it('waits for a seat in a busy pool, and hears all the while', async () => {
    const pool = await fixture.open({ max: 2 })
    await using ears = await listen(pool)
    const client = await pool.connect()
    const drained = toldBy(pool, 'drained')
    fixture.live.update(stage(await fixture.admit()))
    await toldBy(pool, 'draining')
    await fixture.admin.query(`notify news, 'before'`)
    await eventually(() => ears.heard).toEqual(['before'])
    client.release()
    await drained
    await fixture.admin.query(`notify news, 'after'`)
    await eventually(() => ears.heard).toEqual(['before', 'after'])
  })

  it('R11: listens again after a restart of the database, and reports that it may have missed something', async () => {
    const pool = await fixture.open()
    await using ears = await listen(pool)
    await fixture.server.restart()
    fixture.admin = await fixture.connectAdmin()
    await eventually(() => ears.heard.at(-1)).toBe('gap')
    await fixture.admin.query(`notify news, 'again'`)
    await eventually(() => ears.heard.at(-1)).toBe('again')
    expect(ears.heard.filter((each) => each === 'gap')).toHaveLength(1)
  })

  it('notices a connection that has gone without a word', async () => {
    await using proxy = await openProxy(fixture.server.port)
    const clock = createFakeClock()
    fixture.live.update(stage({ ...fixture.live.current.value.expose(), port: proxy.port }))
    const pool = await fixture.open({ clock })
    await using ears = await listen(pool)
    await clock.advance(30_000)
    expect(ears.heard).toEqual([])
    proxy.freezeAll()
    await clock.advance(30_000)
    await clock.advance(5000)
    await eventually(() => ears.heard).toEqual(['gap'])
    await fixture.admin.query(`notify news, 'again'`)
    await eventually(() => ears.heard).toEqual(['gap', 'again'])
  })

  it('refuses what cannot work, before it connects', async () => {
    const onNotification = () => undefined
    const pool = await fixture.open()
    for (const channels of [[], [''], ['é'.repeat(32)]]) {
      await expect(openListener(pool, { channels, onNotification })).rejects.toMatchObject({
        code: 'malformed',
      })
    }
    const single = await fixture.open({ max: 1 })
    const alone = openListener(single, { channels: ['news'], onNotification })
    await expect(alone).rejects.toMatchObject({ code: 'refused' })
    expect([pool.totalCount, single.totalCount]).toEqual([0, 0])
  })
})
