import { expect, it } from 'vitest'
import { describeOnServers } from '../../test/roles/roles.support.ts'
import { missingRights } from './missing-rights.ts'

const OF_APP = { ownerRole: 'app', like: 'app_g1' }
const ADMIN = 'with admin true, inherit false, set false'

describeOnServers((lab) => {
  it('lacks nothing with the least rights of a rotator, by which a login is admitted', async () => {
    const { rotator } = await lab().connectRotator()
    await lab().admit('app_g1', {}, rotator)
    expect(await missingRights(rotator, OF_APP)).toEqual([])
    await lab().admit('app_g2', { like: 'app_g1' }, rotator)
    expect(await missingRights(lab().admin, OF_APP)).toEqual([])
  })

  it.each([
    ['alter role rotator nocreaterole', 0, 'CREATEROLE', 'alter role "rotator" createrole'],
    ['revoke app from rotator cascade', 16, 'ADMIN on app', `grant "app" to "rotator" ${ADMIN}`],
    ['alter role app_g1 createdb', 16, 'CREATEDB', 'alter role "rotator" createdb'],
    ['alter role app_g1 bypassrls', 16, 'BYPASSRLS', 'alter role "rotator" bypassrls'],
    [
      'create role team; grant team to app_g1',
      16,
      'ADMIN on team',
      `grant "team" to "rotator" ${ADMIN}`,
    ],
    [
      'alter role app_g1 set log_statement to none',
      15,
      'SET on log_statement',
      'grant set on parameter "log_statement" to "rotator"',
    ],
  ])('after %s admit is refused, and the right is named', async (change, since, right, remedy) => {
    if ((await lab().version()) < since) return
    const { rotator } = await lab().connectRotator()
    await lab().admit('app_g1', {}, rotator)
    await lab().run(change)
    expect(await missingRights(rotator, OF_APP)).toEqual([`rotator lacks ${right}: ${remedy}`])
    const admitted = () => lab().admit('app_g2', { like: 'app_g1' }, rotator)
    await expect(admitted()).rejects.toMatchObject({ code: 'forbidden' })
    await lab().run(remedy)
    expect(await missingRights(rotator, OF_APP)).toEqual([])
    await admitted()
  })

  it('a login that another role made cannot be dropped before ADMIN on it is given', async () => {
    if ((await lab().version()) < 16) return
    const { rotator } = await lab().connectRotator()
    await lab().admit('app_g1')
    expect(await missingRights(rotator, OF_APP)).toEqual([
      `rotator lacks ADMIN on app_g1: grant "app_g1" to "rotator" ${ADMIN}`,
    ])
  })

  it('sessions cannot be ended without pg_signal_backend', async () => {
    const { rotator } = await lab().connectRotator()
    await lab().admit('app_g1', {}, rotator)
    await lab().run('revoke pg_signal_backend from rotator')
    expect(await missingRights(rotator, OF_APP)).toEqual([
      'rotator lacks pg_signal_backend: grant pg_signal_backend to "rotator"',
    ])
  })
})
