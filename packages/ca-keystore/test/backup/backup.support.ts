import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Secret } from '@rekey/secret'
import { freshPath, newIntermediate, newPassphrase, openHeld } from '../ca.support.ts'
import { openCrlPublisher } from '../../src/index.ts'
import {
  createBackup,
  createEscrow,
  type NewBackup,
  type PresentedShare,
  type SecretText,
} from '../../src/internal.ts'
import { newSerial } from '../crl/crl.support.ts'

/** A passphrase that this process has made. */
export function held(value: Secret) {
  return { value, origin: { kind: 'memory' } } as const
}

/** An issuing CA with an escrow by 2 of 3 and one revoked certificate, and a backup of it. */
export async function newBackedUpCa() {
  const { directory, passphrase, ca } = await newIntermediate()
  const lists = freshPath()
  await mkdir(lists)
  const [serial] = [newSerial()]
  await using publisher = await openCrlPublisher({ keystore: ca, directory: lists })
  await publisher.revoke({ serial, notAfter: ca.notAfter, reason: 'keyCompromise' })
  let shares: readonly PresentedShare[] = []
  await createEscrow({
    ...{
      directory,
      passphrase: held(passphrase),
      threshold: 2,
      holders: ['Alice', 'Bob', 'Carol'],
    },
    deliver: (made) => {
      shares = made.map((share) => ({ name: share.holder, ...share }))
      return Promise.resolve()
    },
  })
  const backupPassphrase = newPassphrase()
  const wanted = { directory, passphrase: held(passphrase), lists, backupPassphrase }
  const { path, manifest } = await backUp(wanted)
  return { directory, passphrase, chain: ca.chain, lists, serial, shares, path, manifest, wanted }
}

/** Makes a backup in a directory of its own. */
export async function backUp(wanted: Omit<NewBackup, 'out'>) {
  const out = freshPath()
  await mkdir(dirname(out), { recursive: true })
  return createBackup({ ...wanted, out })
}

/** The next list of a restored CA. */
export async function nextList(place: {
  directory: string
  passphrase: SecretText
  lists: string
}) {
  await using ca = await openHeld(place)
  await using publisher = await openCrlPublisher({ keystore: ca, directory: place.lists })
  await publisher.renew()
  return publisher.health()
}

/** A copy of an object without one of its members. */
export function without<T extends object, K extends keyof T>(from: T, ...keys: K[]): Omit<T, K> {
  const kept = Object.entries(from).filter(([key]) => !keys.some((one) => one === key))
  return Object.fromEntries(kept) as Omit<T, K>
}
