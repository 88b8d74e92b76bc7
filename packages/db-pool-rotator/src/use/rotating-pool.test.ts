import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { createLiveSecret } from '@rekey/secret/internal'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openRotatingPool } from '../index.ts'
import { openProxy } from '../../test/proxy.support.ts'
import {
  eventually,
  OWNER,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useFixture,
} from '../../test/rotating.support.ts'

describe.each(SERVERS)('on %s, a rotating pool', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  it('is a pg.Pool, and acts as the owner role', async () => {
    const pool = await fixture.open()
    expect(pool).toBeInstanceOf(pg.Pool)
    const { rows } = await pool.query('select current_user as acting, session_user as login')
    expect(rows).toEqual([{ acting: OWNER, login: fixture.login }])
  })

  it('takes the login to another endpoint, and reports under another name what it holds there', async () => {
    const pool = await fixture.open()
    await using proxy = await openProxy(fixture.server.port)
    const endpoint = { host: '127.0.0.1', port: proxy.port }
    await using reader = await openRotatingPool({ credentials: fixture.live, endpoint })
    await Promise.all([pool.query('select 1'), reader.query('select 1')])
    expect([pool.options.port, reader.options.port]).toEqual([fixture.server.port, proxy.port])
    const { holding } = fixture.live.usage.report()
    expect(Object.keys(holding)).toEqual(['pool', `pool at 127.0.0.1:${proxy.port}`])
  })

  it('opens no connection in place of one that is still closing', async () => {
    const order: string[] = []
    await using proxy = await openProxy(() => {
      order.push('opened')
      return fixture.server.port
    })
    const endpoint = { host: '127.0.0.1', port: proxy.port }
    await using single = await openRotatingPool({ credentials: fixture.live, endpoint, max: 1 })
    const client = await single.connect()
    ;(client as unknown as pg.Client).connection.stream.once('close', () => order.push('closed'))
    order.length = 0
    proxy.freezeAll()
    client.release(true)
    const asked = single.query('select 1')
    await Promise.race([asked, setTimeout(200)])
    proxy.cutAll()
    await expect(asked).resolves.toBeDefined()
    expect(order).toEqual(['closed', 'opened'])
  })

  it('tells what it holds, until the last connection of the old version is closed', async () => {
    const pool = await fixture.open()
    const { live } = fixture
    const before = live.current.version
    const client = await pool.connect()
    const draining = toldBy(pool, 'draining')
    live.update(stage(await fixture.admit()))
    expect(await draining).toEqual({ version: before, left: 1 })
    expect(live.usage.report().holding['pool']).toEqual([live.current.version, before])

    const drained = toldBy(pool, 'drained')
    client.release()
    expect(await drained).toEqual({ version: before })
    expect(live.usage.report().holding['pool']).toEqual([live.current.version])
    await pool.query('select 1')
    expect(live.usage.report().versions.map(({ version }) => version)).toEqual([
      before,
      live.current.version,
    ])

    await pool.end()
    expect(live.usage.report().holding['pool']).toEqual([])
    expect(await fixture.sessions()).toBe(0)
  })

  it('closes a connection that was still connecting when the credentials changed', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    // The driver awaits the hook; its types do not say so.
    const onConnect = (() => gate) as unknown as () => void
    const slow = await fixture.open({ onConnect })
    const old = fixture.login
    const connecting = slow.connect()
    await eventually(() => fixture.sessions(old)).toBe(1)
    const draining = toldBy(slow, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    open()
    const client = await connecting
    client.release()
    await eventually(() => fixture.sessions(old)).toBe(0)
    expect(await sessionUser(slow)).toBe(fixture.login)
  })

  it('goes back when a promoted version is rolled back', async () => {
    const pool = await fixture.open({ rollBackAfterMs: 50 })
    const [first, old] = [fixture.live.snapshot, fixture.login]
    await fixture.switchTo(pool, await fixture.admit())
    const drained = toldBy(pool, 'drained')
    fixture.live.update(first)
    await drained
    expect(await sessionUser(pool)).toBe(old)
  })

  it('skips to the newest of several changes', async () => {
    const pool = await fixture.open()
    const versions = [stage(await fixture.admit()), stage(await fixture.admit())]
    const rotating: string[] = []
    pool.on('rotating', ({ version }) => rotating.push(version))
    const drained = toldBy(pool, 'drained')
    for (const version of versions) fixture.live.update(version)
    await drained
    expect(rotating).toEqual([versions[1]?.current.version])
    expect(await sessionUser(pool)).toBe(fixture.login)
  })

  it('shows its password in no option, and not when printed', async () => {
    const pool = await fixture.open()
    await pool.query('select 1')
    const { password } = fixture.live.current.value.expose()
    expect(JSON.stringify(pool.options)).not.toContain(password)
    expect(inspect(pool.options, { showHidden: true, depth: 9 })).not.toContain(password)
    expect(inspect(pool, { showHidden: true, depth: 9 })).not.toContain(password)
  })
})

describe('a pg-pool of another kind', () => {
  const Parent = Object.getPrototypeOf(pg.Pool.prototype) as Record<string, unknown>
  const credentials = createLiveSecret(
    stage({ user: 'app', password: '', host: '127.0.0.1', port: 1, database: 'app' }),
  )

  it.each(['newClient', '_isFull', '_pulseQueue', '_release', '_remove'])(
    'without %s is refused before anything connects, and the part is named',
    async (name) => {
      const original = Parent[name]
      Parent[name] = undefined
      try {
        await expect(openRotatingPool({ credentials })).rejects.toMatchObject({
          code: 'refused',
          details: { missing: name },
        })
      } finally {
        Parent[name] = original
      }
    },
  )
})
