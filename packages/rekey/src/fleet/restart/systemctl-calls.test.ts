import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import {
  openPlayedSystemctl,
  RUNNING,
} from '../../../test/fleet/restart/played-systemctl.support.ts'
import { createSystemdUnit } from './systemd-unit.ts'

const UNIT = 'shop.service'
const SECRET = 'DATABASE_SHOP'
const ORDER = { secret: SECRET, mark: 'b replaces a' }
const NEXT = { ...RUNNING, InvocationID: 'i2' }
const FLAGS = '--no-pager --no-ask-password'
const PROPERTIES = '--property=LoadState,ActiveState,InvocationID,Result,RefuseManualStop'

async function openUnit(options: { user?: boolean } = {}) {
  const systemctl = await openPlayedSystemctl()
  await systemctl.restartTo(NEXT)
  const unit = createSystemdUnit({ unit: UNIT, directory: systemctl.marks, ...options })
  const restarts = async () =>
    (await systemctl.asked()).filter((args) => args.includes(' restart ')).length
  return { ...systemctl, unit, restarts }
}

it.each([
  ['the machine', {}, FLAGS],
  ['the user of the rotator', { user: true }, `${FLAGS} --user`],
])('a unit is looked at and restarted by the manager of %s', async (_, options, flags) => {
  const { unit, asked } = await openUnit(options)
  expect(unit.name).toBe('systemd unit shop.service')
  await unit.restart(ORDER)
  expect(await asked()).toEqual([`${flags} show ${UNIT} ${PROPERTIES}`, `${flags} restart ${UNIT}`])
})

it.each([
  ['activating', { isReady: false, isEnding: false }],
  ['active', { isReady: true, isEnding: false }],
  ['deactivating', { isReady: false, isEnding: true }],
])('a unit that is %s has one process, which may serve or end', async (ActiveState, state) => {
  const { unit, show } = await openUnit()
  await show({ ...RUNNING, ActiveState })
  const process = { id: `${UNIT} i1`, url: `unit://${UNIT}`, mark: undefined, startedAt: 0 }
  expect(await unit.look(SECRET)).toEqual({ desired: 1, instances: [{ ...process, ...state }] })
})

it.each([
  ['inactive', { ActiveState: 'inactive' }, { desired: 1, instances: [] }],
  [
    'failed',
    { ActiveState: 'failed', Result: 'exit-code' },
    { desired: 1, instances: [], failure: 'exit-code' },
  ],
  [
    'failed for no reason',
    { ActiveState: 'failed' },
    { desired: 1, instances: [], failure: 'failed' },
  ],
])('a unit that is %s has no process, of which one is wanted', async (_, shown, look) => {
  const { unit, show } = await openUnit()
  await show({ ...RUNNING, ...shown })
  expect(await unit.look(SECRET)).toEqual(look)
})

it('a process has the mark of the restart that it was started by, for that secret alone', async () => {
  const { unit, marks } = await openUnit()
  const markOf = async (secret: string) => (await unit.look(secret)).instances[0]?.mark
  await unit.restart({ ...ORDER, isTrial: true })
  expect([await markOf(SECRET), await readdir(marks)]).toEqual([undefined, []])
  await unit.restart(ORDER)
  expect([await markOf(SECRET), await markOf('REDIS_SHOP')]).toEqual([ORDER.mark, undefined])
  expect(await readdir(marks)).toEqual([expect.stringMatching(/^[\da-f]{32}\.json$/)])
})

it('a unit is restarted once for a mark, again for another one, and again if the first has not begun', async () => {
  const { unit, show, restartTo, restarts } = await openUnit()
  for (let run = 0; run < 2; run += 1) await unit.restart(ORDER)
  expect(await restarts()).toBe(1)
  await restartTo({ ...RUNNING, InvocationID: 'i3' })
  const rollback = { secret: SECRET, mark: 'a replaces b' }
  await unit.restart(rollback)
  expect((await unit.look(SECRET)).instances).toMatchObject([{ mark: rollback.mark }])
  // The rotator died when it had written the order down: the start that it was to replace still runs.
  await show(NEXT)
  await unit.restart(rollback)
  expect(await restarts()).toBe(3)
})

it('a unit that does not stay up was restarted: the next look finds out', async () => {
  const { unit, restartTo } = await openUnit()
  await restartTo({ ...NEXT, ActiveState: 'failed', Result: 'exit-code' }, 1)
  await unit.restart(ORDER)
  expect(await unit.look(SECRET)).toMatchObject({ instances: [], failure: 'exit-code' })
})

it.each([
  [
    'is refused to be stopped by hand',
    { RefuseManualStop: 'yes' },
    'refused',
    'systemd unit shop.service refuses to be stopped by hand: restart it yourself',
  ],
  [
    'does not exist',
    { LoadState: 'not-found' },
    'missing',
    'there is no unit shop.service: correct its name in the fleet',
  ],
])('a unit that %s is not restarted, nor is that tried', async (_, shown, code, message) => {
  const { unit, show, marks, restarts } = await openUnit()
  await show({ ...RUNNING, ...shown })
  for (const isTrial of [true, false]) {
    await expect(unit.restart({ ...ORDER, isTrial })).rejects.toMatchObject({ code, message })
  }
  expect([await restarts(), await readdir(marks)]).toEqual([0, []])
})

const GRANT =
  'grant the rotator org.freedesktop.systemd1.manage-units for this unit and the verb restart, by a rule of polkit'

it.each([
  ['4', 'exit 4', 'forbidden', GRANT],
  [
    'another status',
    `echo ${randomUUID()} >&2; exit 3`,
    'unreachable',
    'systemctl ended with 3: see journalctl',
  ],
  ['a signal', 'kill -9 $$', 'unreachable', 'systemctl ended with a signal: see journalctl'],
])('what systemctl does not do is named by its status (%s)', async (_, command, code, why) => {
  const { unit, fail } = await openUnit()
  await fail('restarting', command)
  const restarting = { code, message: `systemd does not restart shop.service: ${why}` }
  await expect(unit.restart(ORDER)).rejects.toMatchObject(restarting)
  expect((await unit.look(SECRET)).instances).toMatchObject([{ mark: undefined }])
  await fail('showing', command)
  const showing = { code, message: `systemd does not show shop.service: ${why}` }
  await expect(unit.look(SECRET)).rejects.toMatchObject(showing)
})

it('a call of systemctl ends with its signal', async () => {
  const { unit, fail, restarts } = await openUnit()
  await fail('restarting', 'exec sleep 60')
  const reason = new Error('cancelled')
  await expect(unit.look(SECRET, AbortSignal.abort(reason))).rejects.toBe(reason)
  const stop = new AbortController()
  const restarting = expect(unit.restart(ORDER, stop.signal)).rejects.toBe(reason)
  await vi.waitUntil(async () => (await restarts()) === 1)
  stop.abort(reason)
  await restarting
})
