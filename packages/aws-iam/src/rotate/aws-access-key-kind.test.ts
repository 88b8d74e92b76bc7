import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rollBack, rotate, sweepOrphans } from '@rekey/rekey/engine'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openShop } from '../../test/iam-shop.support.ts'

const { found, path } = await findForTest('moto')

const idIn = (text: string) => (JSON.parse(text) as { accessKeyId: string }).accessKeyId

describe.runIf(found)('an access key of AWS IAM, at a server of its API', () => {
  let server: AwsServer
  beforeAll(async () => {
    server = await openAwsServer({ program: path })
  })
  afterAll(() => server.close())

  it('is rotated three times under load: no request fails, one key is left, and the old ones are refused', async () => {
    const shop = await openShop(server)
    const keys = [shop.first]
    const over = new AbortController()
    const counts = { done: 0 }
    const worker = async () => {
      while (!over.signal.aborted) {
        await shop.ask()
        counts.done += 1
      }
    }
    const load = Promise.all([worker(), worker(), worker()])
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await shop.run()
      keys.push(await shop.current())
    }
    over.abort()
    await load
    expect(counts.done).toBeGreaterThan(30)
    expect(await Promise.all(keys.map((key) => shop.accepts(key)))).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(await shop.keys()).toEqual([idIn(await shop.current())])
  })

  it('is rotated by a role that a projected token is exchanged for, with no key of an administrator', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-iam-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await writeFile(join(directory, 'token'), randomUUID())
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(directory, 'token'))
    onTestFinished(() => void vi.unstubAllEnvs())
    const shop = await openShop(server, { isRole: true })
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped' })
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/rekey')
    await shop.run()
    expect(await shop.keys()).toEqual([idIn(await shop.current())])
  })

  it('that has leaked ends at once, though a replica uses it', async () => {
    const shop = await openShop(server)
    await shop.run({ compromised: true })
    expect(await shop.accepts(shop.first)).toBe(false)
    await shop.ask()
  })

  it('of which a rotator died before its secret was stored leaves no key behind', async () => {
    const shop = await openShop(server)
    const { store } = shop
    const dying = {
      ...store,
      locator: store.locator,
      read: store.read.bind(store),
      stage: () => Promise.reject(new Error('killed')),
    } as typeof store
    const kind = await shop.kindOf()
    await expect(rotate(kind, { store: dying, journal: shop.journal })).rejects.toThrow()
    expect(await shop.keys()).toHaveLength(2)
    await shop.run()
    expect(await shop.keys()).toEqual([idIn(await shop.current())])
  })

  it('of a user with a second key, of which the store knows nothing, is not rotated, and that key stays', async () => {
    const shop = await openShop(server)
    const other = await shop.strangersKey()
    await expect(shop.run()).rejects.toThrow(`${shop.user} has two access keys`)
    expect(await shop.accepts(other)).toBe(true)
    const sweep = sweepOrphans(await shop.kindOf(), shop)
    await expect(sweep).rejects.toThrow(`${idIn(other)}, which is used and not in the store`)
    expect(await shop.keys()).toHaveLength(2)
  })

  it('is swept of a second key that was never used', async () => {
    const shop = await openShop(server)
    const other = await shop.strangersKey()
    expect(await sweepOrphans(await shop.kindOf(), shop)).toEqual([idIn(other)])
    expect(await shop.keys()).toEqual([idIn(shop.first)])
  })

  it('is rolled back: the new key is deleted, and the old one goes on', async () => {
    const shop = await openShop(server)
    const stop = new AbortController()
    const stopped = shop.run({
      signal: stop.signal,
      onEvent({ step, phase }) {
        if (step === 'promote' && phase === 'end') stop.abort(new Error('stopped'))
      },
    })
    await expect(stopped).rejects.toThrow('stopped')
    const made = await shop.current()
    await shop.ask()
    await rollBack(await shop.kindOf(), shop)
    expect(await shop.accepts(made)).toBe(false)
    await shop.ask()
    expect(await shop.keys()).toEqual([idIn(shop.first)])
  })

  it('is left as it is by an administrator without a right, which is named', async () => {
    const shop = await openShop(server, { rights: ['iam:ListAccessKeys'] })
    const run = shop.run()
    await expect(run).rejects.toMatchObject({ code: 'stopped', reason: 'forbidden' })
    await expect(run).rejects.toThrow('CreateAccessKey')
    expect(await shop.keys()).toEqual([idIn(shop.first)])
  })

  it('is left as it is while AWS does not answer', async () => {
    const shop = await openShop(server)
    await server.stop()
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', reason: 'unreachable' })
  })
})
