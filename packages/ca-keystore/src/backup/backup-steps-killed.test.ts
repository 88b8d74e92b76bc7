// @lane servers
import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { recordKills } from '@rekey/testbed/file-steps'
import { expect, it } from 'vitest'
import { newPassphrase, openHeld, orderFor } from '../../test/ca.support.ts'
import { readBiography } from '../index.ts'
import { createBackup, restoreBackup, readBackup } from '../internal.ts'
import { checkEach, lifeOf, newPlace } from '../../test/kills.support.ts'
import { newBackedUpCa, nextList } from '../../test/backup/backup.support.ts'

/** Whether it was done before. */
async function isThere(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (error instanceof SecretError && error.code === 'conflict') return true
    throw error
  }
}

async function visibleIn(place: string): Promise<string[]> {
  return (await readdir(place)).filter((name) => !name.endsWith('.lock')).toSorted()
}

it('K14, K31: a backup that is killed at any step is whole and in the biography, or is not there, and the same command goes on', async () => {
  const [place, { directory, lists, passphrase, wanted, chain }] = [
    await newPlace(),
    await newBackedUpCa(),
  ]
  // It has issued certificates, whose record stays out of the backup.
  await (await openHeld({ directory, passphrase })).issueCertificate(orderFor())
  await cp(directory, join(place, 'ca'), { recursive: true })
  await cp(lists, join(place, 'lists'), { recursive: true })
  await mkdir(join(place, 'media'))
  const backUp = (at: string) =>
    createBackup({
      ...{ ...wanted, directory: join(at, 'ca'), lists: join(at, 'lists') },
      out: join(at, 'media/backup'),
    })
  const outcomes = new Set<boolean>()
  const states = await recordKills(place, () => backUp(place))
  await checkEach(states, 45, async (left) => {
    outcomes.add(await isThere(() => backUp(left)))
    const { digest } = await readBackup(join(left, 'media/backup'), chain)
    const { entries } = await readBiography({ directory: join(left, 'ca') })
    const recorded = entries.filter(({ action }) => action === 'backup')
    expect(recorded.map(({ details }) => details?.['manifest'])).toContain(digest)
    expect(await visibleIn(join(left, 'media'))).toEqual(['backup'])
  })
  expect(outcomes).toEqual(new Set([true, false]))
}, 600_000)

it('K14, K26: a restoration that is killed at any step leaves a whole CA or none, and the same command goes on to a greater number', async () => {
  const [place, { path, wanted, passphrase: old }] = [await newPlace(), await newBackedUpCa()]
  await cp(path, join(place, 'backup'), { recursive: true })
  const passphrase = newPassphrase()
  const restore = (at: string) =>
    restoreBackup({
      ...{ backup: join(at, 'backup'), opening: { passphrase: wanted.backupPassphrase } },
      ...{ directory: join(at, 'ca'), lists: join(at, 'lists'), passphrase, published: 'none' },
    })
  const outcomes = new Set<boolean>()
  const states = await recordKills(place, () => restore(place))
  await checkEach(states, 45, async (left) => {
    outcomes.add(await isThere(() => restore(left)))
    const next = { directory: join(left, 'ca'), passphrase, lists: join(left, 'lists') }
    expect(await nextList(next)).toMatchObject({ number: '3', revoked: 1 })
    expect(await lifeOf(join(left, 'ca'))).toContain('restore')
    expect(await visibleIn(left)).toEqual(['backup', 'ca', 'lists'])
  })
  expect(outcomes).toEqual(new Set([true, false]))
  expect(old.expose()).not.toBe(passphrase.expose())
}, 600_000)
