import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { parseCaChain } from '../ca-certificate.ts'
import { readIfPresent } from '../protected-files.ts'
import { parseCrl } from './parse-crl.ts'
import { LIST_FILES, listFolderOf } from './published-lists.ts'
import { readNumber } from './revocation-register.ts'

/** The newest revocation list of a CA, as a log anchors it beside its biography. */
export interface ListHead {
  /** Names the lists of a CA in the log. */
  readonly trail: string
  /** The number of the list; 0 for a CA that has published none. */
  readonly seq: number
  /** SHA-256 of `crl.pem`, hexadecimal; absent if the list of that number is not there. */
  readonly hash?: string
}

const MAX_LIST_BYTES = 8 * 1024 * 1024

/**
 * Reads the number of the newest revocation list of a CA, from the list and from beside the key.
 *
 * @throws {SecretError} `malformed`, `rejected` or `refused` for a list or number that is not one of this CA; `forbidden`, `unreachable`
 *
 * @example
 * ```ts
 * const { trail, seq, hash } = await readListHead({ directory, lists: '/var/lib/vpn-crl', chain: keystore.chain })
 * ```
 */
export async function readListHead(place: {
  /** The keystore. */
  readonly directory: string
  /** As that of `openRevocationLists`. */
  readonly lists: string
  /** PEM of the CA and those above it. */
  readonly chain: string
}): Promise<ListHead> {
  const { directory, chain } = place
  const ca = parseCaChain(chain)
  const path = join(listFolderOf(resolve(place.lists), ca), LIST_FILES.list)
  const text = await readIfPresent(path, 'certificate', MAX_LIST_BYTES)
  const published = text === undefined ? 0n : parseCrl(text, chain).number
  const recorded = await readNumber({ directory })
  const trail = `lists/${ca.keyId.toString('hex')}`
  if (text === undefined || recorded > published) return { trail, seq: Number(recorded) }
  const hash = createHash('sha256').update(text).digest('hex')
  return { trail, seq: Number(published), hash }
}
