import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, systemClock } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeEach, expect, it, vi } from 'vitest'
import { held } from '../../test/backup/backup.support.ts'
import { failureOf, newPassphrase, newRoot } from '../../test/ca.support.ts'
import { changePassphrase, createEscrow, reshareEscrow } from '../internal.ts'
import { readBiography } from '../index.ts'
import type { CustodianShare } from './split-secret.ts'
import { escrowDigest } from './escrow-set.ts'

/** The secrets that were split, as they are now, and faults of the hardware. */
const seen = vi.hoisted(() => ({
  secrets: [] as Buffer[],
  combine: (combined: Uint8Array) => combined,
  isOpened: true,
}))
vi.mock('./split-secret.ts', async (load) => {
  const original = await load<typeof import('./split-secret.ts')>()
  const splitSecret: typeof original.splitSecret = (secret, ...rest) => {
    seen.secrets.push(secret)
    return original.splitSecret(secret, ...rest)
  }
  return { ...original, splitSecret }
})
vi.mock('shamir-secret-sharing', async (load) => {
  const original = await load<typeof import('shamir-secret-sharing')>()
  const combine = async (shares: Uint8Array[]) => seen.combine(await original.combine(shares))
  return { ...original, combine }
})
vi.mock('../envelope/index.ts', async (load) => {
  const original = await load<typeof import('../envelope/index.ts')>()
  const openEnvelope: typeof original.openEnvelope = async (...args) =>
    seen.isOpened || args[1].slot !== 'escrow' ? original.openEnvelope(...args) : undefined
  return { ...original, openEnvelope }
})
replaceScrypt()
beforeEach(() => {
  seen.secrets = []
  seen.combine = (combined) => combined
  seen.isOpened = true
})

const CUSTODIANS = { threshold: 2, holders: ['Alice', 'Bob', 'Carol'] }
const wiped = Buffer.alloc(32)

async function newPlace() {
  const { directory, passphrase, ca } = await newRoot()
  await ca.close()
  let made: readonly CustodianShare[] = []
  const deliver = (shares: readonly CustodianShare[]) => Promise.resolve(void (made = shares))
  const place = { directory, passphrase: held(passphrase), ...CUSTODIANS, deliver }
  const shares = () => made.map((share) => ({ name: share.holder, ...share }))
  const escrows = async () => (await readdir(directory)).filter((name) => name.startsWith('escrow'))
  return { place, directory, shares, escrows }
}

it('wipes the secret once the shares are handed over, and also where they are not', async () => {
  const { place, directory, shares } = await newPlace()
  await createEscrow(place)
  const wanted = { directory, shares: shares(), ...CUSTODIANS }
  await reshareEscrow({ ...wanted, deliver: place.deliver })
  const deliver = () => Promise.reject(new Error('no paper'))
  await expect(createEscrow({ ...place, deliver })).rejects.toThrow('no paper')
  await expect(reshareEscrow({ ...wanted, shares: shares(), deliver })).rejects.toThrow('no paper')
  expect(seen.secrets).toEqual([wiped, wiped, wiped, wiped])
})

it('records who could recover the key in its biography: the set, its threshold, its shares and the digest of its file', async () => {
  const { place, directory } = await newPlace()
  const clock = createFakeClock(systemClock.now())
  const { set, created } = await createEscrow({ ...place, clock })
  expect(created).toBe(new Date(clock.now()).toISOString())
  const sha256 = escrowDigest(await readFile(join(directory, 'escrow.json'), 'utf8'))
  const { entries } = await readBiography({ directory })
  expect(entries.at(-1)).toMatchObject({
    action: 'escrow',
    details: { set, threshold: 2, shares: 3, sha256 },
  })
})

it('is not in effect, and says to destroy the shares, where they do not restore the key', async () => {
  const { place, escrows } = await newPlace()
  seen.isOpened = false
  const error = await failureOf(() => createEscrow(place))
  expect(error).toMatchObject({ code: 'rejected', details: { reason: 'escrow-restore' } })
  expect(error.message).toContain('destroy the shares')
  expect(await escrows()).toEqual([])
})

it('is not in effect where the passphrase was changed while the shares were handed over', async () => {
  const { place, directory, escrows } = await newPlace()
  const deliver = () =>
    changePassphrase({ directory, passphrase: place.passphrase, replacement: newPassphrase() })
  expect(await failureOf(() => createEscrow({ ...place, deliver }))).toMatchObject({
    code: 'rejected',
    details: { reason: 'unlock' },
  })
  expect(await escrows()).toEqual([])
})

it.each<[what: string, combine: (combined: Uint8Array) => Uint8Array]>([
  ['another secret', () => Uint8Array.from(randomBytes(32))],
  ['a part of the secret', (combined) => combined.subarray(1)],
])('throws shares away that give %s, and hands none over', async (_, combine) => {
  const { place, escrows } = await newPlace()
  seen.combine = combine
  const deliver = () => expect.fail('nothing is handed over')
  const error = await failureOf(() => createEscrow({ ...place, deliver }))
  expect(error).toMatchObject({ code: 'rejected', details: { reason: 'split' } })
  expect(error.message).toContain('check the hardware, and make them again')
  expect(await escrows()).toEqual([])
})

it('proves every two of three shares before one is handed over', async () => {
  const { place } = await newPlace()
  let proofs = 0
  seen.combine = (combined) => {
    proofs += 1
    return combined
  }
  const deliver = () => {
    expect(proofs).toBe(3)
    return Promise.resolve()
  }
  await createEscrow({ ...place, deliver })
})

it('takes no secret from shares that is not the one of the escrow, and says to try others', async () => {
  const { place, directory, shares } = await newPlace()
  await createEscrow(place)
  const other = Uint8Array.from(randomBytes(32))
  seen.combine = () => other
  const deliver = () => expect.fail('nothing is handed over')
  const error = await failureOf(() =>
    reshareEscrow({ directory, shares: shares(), ...CUSTODIANS, deliver }),
  )
  expect(error).toMatchObject({ code: 'rejected', details: { reason: 'escrow-secret' } })
  expect(error.message).toContain('try others')
  expect(Buffer.from(other)).toEqual(wiped)
})
