import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FakeClock } from '@rekey/secret/internal'
import { onTestFinished } from 'vitest'
import { type CrlPublisherOptions, openCrlPublisher } from '../../src/index.ts'
import { type Revocation, parseCrl } from '../../src/internal.ts'
import { days, freshPath } from '../ca.support.ts'
import { bareCa, newSerial } from './crl.support.ts'

/** An empty directory of this user alone. */
export async function newDirectory(): Promise<string> {
  const path = freshPath()
  await mkdir(path, { mode: 0o700 })
  return path
}

/** A CA, and an empty directory for its lists. */
export async function newPlace(clock?: FakeClock) {
  const directory = await newDirectory()
  const bare = await bareCa({ directory: await newDirectory(), ...(clock && { clock }) })
  const open = async (changes: Partial<CrlPublisherOptions> = {}) => {
    const publisher = await openCrlPublisher({ keystore: bare.keystore, directory, ...changes })
    onTestFinished(() => publisher.close())
    return publisher
  }
  const path = join(directory, 'crl.pem')
  const published = async () => parseCrl(await readFile(path, 'utf8'), bare.keystore.chain)
  const serials = async () => (await published()).revoked.map(({ serial }) => serial)
  return { ...bare, directory, open, path, published, serials }
}

/** A revocation that a publisher takes. */
export function newRevocation(changes: Partial<Revocation> = {}): Revocation {
  return { serial: newSerial(), notAfter: new Date(Date.now() + days(30)), ...changes }
}
