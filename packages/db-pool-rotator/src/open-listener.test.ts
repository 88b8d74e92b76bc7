import { createFakeClock } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { openListener, type RotatingPool } from './index.ts'
import { openProxy } from './proxy.test.support.ts'
import {
  eventually,
  type Scene,
  SERVERS,
  stage,
  toldBy,
  useScene,
} from './rotating.test.support.ts'

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
async function sendUntil(scene: Scene, isOver: (sent: number) => boolean): Promise<number> {
  const sender = await scene.connectAdmin()
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
  const scene = useScene(binDirectory)

  async function rotate(pool: RotatingPool): Promise<void> {
    const old = scene.login
    await scene.switchTo(pool, await scene.admit())
    await scene.drop(old)
  }

  it(`hears more than ${MESSAGES} notifications exactly once and in order across ${ROTATIONS} rotations`, async () => {
    const pool = await scene.open()
    await using ears = await listen(pool)
    let rotations = 0
    const sending = sendUntil(scene, (sent) => rotations >= ROTATIONS && sent >= MESSAGES)
    for (; rotations < ROTATIONS; rotations += 1) await rotate(pool)
    const sent = await sending
    await eventually(() => ears.heard.length).toBeGreaterThanOrEqual(sent)
    expect(ears.heard).toEqual(numbersTo(sent))
  })

  it('R11: cut again and again while it moves, tells nothing twice and loses nothing without a word', async () => {
    const pool = await scene.open()
    await using ears = await listen(pool)
    let isOver = false
    const sending = sendUntil(scene, () => isOver)
    for (let round = 0; round < ROTATIONS; round += 1) {
      const drained = toldBy(pool, 'drained')
      const old = scene.login
      scene.live.update(stage(await scene.admit()))
      await toldBy(pool, 'draining')
      await scene.terminate(round % 2 === 0 ? old : scene.login)
      await drained
      await scene.drop(old)
    }
    isOver = true
    const sent = await sending
    // The last cut may still be being made good; then the first of these is one that the gap stands for.
    await eventually(async () => {
      await scene.admin.query(`notify news, 'end'`)
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
    const pool = await scene.open()
    const channel = 'News of "today"; drop'
    await using ears = await listen(pool, ['news', channel])
    const send = () =>
      scene.admin.query(`select pg_notify($1, 'same'), pg_notify('news', '')`, [channel])
    await send()
    await rotate(pool)
    await send()
    await eventually(() => ears.heard).toEqual(['same', '', 'same', ''])
  })

  it('lets the old login go while it listens, and its connection when it is closed', async () => {
    const pool = await scene.open()
    const old = scene.login
    const ears = await listen(pool)
    await scene.switchTo(pool, await scene.admit())
    expect([await scene.sessions(old), await scene.sessions()]).toEqual([0, 1])
    await ears[Symbol.asyncDispose]()
    await pool.end()
    expect(await scene.sessions()).toBe(0)
  })

  it('waits for a seat in a busy pool, and hears all the while', async () => {
    const pool = await scene.open({ max: 2 })
    await using ears = await listen(pool)
    const client = await pool.connect()
    const drained = toldBy(pool, 'drained')
    scene.live.update(stage(await scene.admit()))
    await toldBy(pool, 'draining')
    await scene.admin.query(`notify news, 'before'`)
    await eventually(() => ears.heard).toEqual(['before'])
    client.release()
    await drained
    await scene.admin.query(`notify news, 'after'`)
    await eventually(() => ears.heard).toEqual(['before', 'after'])
  })

  it('R11: listens again after a restart of the database, and says that it may have missed something', async () => {
    const pool = await scene.open()
    await using ears = await listen(pool)
    await scene.server.restart()
    scene.admin = await scene.connectAdmin()
    await eventually(() => ears.heard.at(-1)).toBe('gap')
    await scene.admin.query(`notify news, 'again'`)
    await eventually(() => ears.heard.at(-1)).toBe('again')
    expect(ears.heard.filter((each) => each === 'gap')).toHaveLength(1)
  })

  it('notices a connection that has gone without a word', async () => {
    await using proxy = await openProxy(scene.server.port)
    const clock = createFakeClock()
    scene.live.update(stage({ ...scene.live.current.value.expose(), port: proxy.port }))
    const pool = await scene.open({ clock })
    await using ears = await listen(pool)
    await clock.advance(30_000)
    expect(ears.heard).toEqual([])
    proxy.freezeAll()
    await clock.advance(30_000)
    await clock.advance(5000)
    await eventually(() => ears.heard).toEqual(['gap'])
    await scene.admin.query(`notify news, 'again'`)
    await eventually(() => ears.heard).toEqual(['gap', 'again'])
  })

  it('refuses what cannot work, before it connects', async () => {
    const onNotification = () => undefined
    const pool = await scene.open()
    for (const channels of [[], [''], ['é'.repeat(32)]]) {
      await expect(openListener(pool, { channels, onNotification })).rejects.toMatchObject({
        code: 'malformed',
      })
    }
    const single = await scene.open({ max: 1 })
    const alone = openListener(single, { channels: ['news'], onNotification })
    await expect(alone).rejects.toMatchObject({ code: 'refused' })
    expect([pool.totalCount, single.totalCount]).toEqual([0, 0])
  })
})
