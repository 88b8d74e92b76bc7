// @lane servers
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { recordKills } from '@rekey/testbed/file-steps'
import { expect, it } from 'vitest'
import { backUp, held } from '../../test/backup/backup.support.ts'
import { newRoot } from '../../test/ca.support.ts'
import { createEscrow, type CustodianShare, type PresentedShare } from '../internal.ts'
import { checkEach, newPlace } from '../../test/kills.support.ts'
import { combineShares } from './combine-shares.ts'

it('K14, K36: an escrow that is killed at any step leaves the old one or the new one in effect, and backups go on', async () => {
  const [place, root] = [await newPlace(), await newRoot()]
  await cp(root.directory, join(place, 'ca'), { recursive: true })
  const passphrase = held(root.passphrase)
  const sets: (readonly PresentedShare[])[] = []
  const deliver = (made: readonly CustodianShare[]) => {
    sets.push(made.map((share) => ({ name: share.holder, ...share })))
    return Promise.resolve()
  }
  const escrow = (at: string) =>
    createEscrow({
      ...{ directory: join(at, 'ca'), passphrase, deliver },
      ...{ threshold: 2, holders: ['Alice', 'Bob'] },
    })
  await escrow(place)
  const states = await recordKills(place, () => escrow(place))
  const opened = new Set<number>()
  await checkEach(states, 10, async (left) => {
    const { files } = await backUp({ directory: join(left, 'ca'), passphrase })
    const text = files.get('escrow.json') ?? ''
    const outcomes = await Promise.all(
      sets.map((shares) =>
        combineShares(text, shares).then(
          () => true,
          () => false,
        ),
      ),
    )
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    opened.add(outcomes.indexOf(true))
  })
  expect(opened).toEqual(new Set([0, 1]))
}, 600_000)
