// @lane servers
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canRunSystemd, openSystemd } from '../../../test/fleet/restart/systemd-manager.support.ts'
import { createSystemdUnit } from './systemd-unit.ts'

const COUNT = "/bin/sh -c 'echo started >> STARTS'"

/** The manager is a real one, that of a user: the machine of the tests was not started by systemd. */
describe.runIf(canRunSystemd)('a service that is restarted by systemd', { timeout: 60_000 }, () => {
  let systemd: Awaited<ReturnType<typeof openSystemd>>
  beforeAll(async () => {
    systemd = await openSystemd({
      'shop.service': `ExecStart=/bin/sh -c 'echo started >> STARTS; exec sleep 1000'`,
      'slow.service': `ExecStartPre=${COUNT}\nExecStartPre=/bin/sleep 2\nExecStart=/bin/sleep 1000`,
      'broken.service': `ExecStart=/bin/false`,
      'fixed.service': 'ExecStart=/bin/sleep 1000\n[Unit]\nRefuseManualStop=yes',
    })
  }, 60_000)
  afterAll(() => systemd[Symbol.asyncDispose]())

  const unitOf = (unit: string) => createSystemdUnit({ unit, directory: systemd.marks, user: true })
  const [first, second] = ['b replaces a', 'a replaces b']
  const secret = 'DATABASE_SHOP'

  it('is started once for each mark, and once more where it is rolled back', async () => {
    const unit = unitOf('shop.service')
    await unit.restart({ secret, mark: first, isTrial: true })
    expect(await unit.look(secret)).toEqual({ desired: 1, instances: [] })
    const before = await systemd.countStarts()
    await unit.restart({ secret, mark: first })
    await unitOf('shop.service').restart({ secret, mark: first })
    const { instances } = await unit.look(secret)
    expect(instances).toMatchObject([{ url: 'unit://shop.service', mark: first, isReady: true }])
    await expect.poll(() => systemd.countStarts()).toBe(before + 1)
    await unit.restart({ secret, mark: second })
    expect((await unit.look(secret)).instances).toMatchObject([{ mark: second }])
    await expect.poll(() => systemd.countStarts()).toBe(before + 2)
    expect((await unit.look('REDIS_SHOP')).instances).toMatchObject([{ mark: undefined }])
  })

  it('is started once where its rotator ended while it waited for the start', async () => {
    const unit = unitOf('slow.service')
    const before = await systemd.countStarts()
    const killed = unit.restart({ secret, mark: first }, AbortSignal.timeout(500))
    await expect(killed).rejects.toThrow()
    expect((await unit.look(secret)).instances).toMatchObject([{ mark: first, isReady: false }])
    await unit.restart({ secret, mark: first })
    const isReady = async () => (await unit.look(secret)).instances[0]?.isReady
    await expect.poll(isReady, { timeout: 10_000 }).toBe(true)
    expect(await systemd.countStarts()).toBe(before + 1)
  })

  it('does not stay up with what it read, which is named', async () => {
    const unit = unitOf('broken.service')
    await unit.restart({ secret, mark: first })
    const failure = async () => (await unit.look(secret)).failure
    await expect.poll(failure).toBe('exit-code')
  })

  it('is refused before promote where a person alone may stop it, and missing under a wrong name', async () => {
    const trial = { secret, mark: first, isTrial: true }
    await expect(unitOf('fixed.service').restart(trial)).rejects.toMatchObject({ code: 'refused' })
    await expect(unitOf('nope.service').restart(trial)).rejects.toMatchObject({ code: 'missing' })
  })
})
