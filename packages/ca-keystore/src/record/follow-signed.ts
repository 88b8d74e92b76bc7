import { lstat } from 'node:fs/promises'
import { replaceFile } from '@rekey/secret/internal/files'
import { SecretError } from '@rekey/secret'
import { readProtectedFile } from '../protected-files.ts'
import { listSegments, type Line, readSegment } from './read-segment.ts'

/** A certificate that is not known to be on record. */
export interface SignedCertificate {
  readonly serial: string
  /** PEM. */
  readonly certificate: string
}

/** The certificates of a keystore that are not known to be on record. */
export interface SignedFollower {
  /**
   * Reads what was written since the last call, by any process.
   *
   * @throws {SecretError} as `readIssuances`
   */
  left(): Promise<SignedCertificate[]>
}

/** A segment as far as it was read. */
interface FollowedFile {
  readonly path: string
  bytes: number
  end: number
  isClosed: boolean
  /** Certificates of it that are not known to be on record. */
  open: number
}

/**
 * Creates what follows the record of a keystore. A segment is read again only if it grew, and not at all once each of its certificates is on record
 * and no line will be added: `NAME.finished` beside it keeps later processes from reading it. A certificate whose mark was in a finished segment may be
 * left once more: the log has it already.
 *
 * @example
 * ```ts
 * const follower = followSigned('/var/lib/vpn-ca')
 * const left = await follower.left()
 * ```
 */
export function followSigned(directory: string): SignedFollower {
  return new Follower(directory)
}

class Follower implements SignedFollower {
  readonly #directory: string
  readonly #files = new Map<string, FollowedFile>()
  readonly #signed = new Map<string, { certificate: string; file: FollowedFile }>()
  /** Marks whose certificate was not read yet, or is in a finished segment. */
  readonly #marked = new Set<string>()

  constructor(directory: string) {
    this.#directory = directory
  }

  async left(): Promise<SignedCertificate[]> {
    for (const suffix of ['issued', 'on-record']) {
      for (const path of await listSegments(this.#directory, suffix)) await this.#read(path)
    }
    for (const file of this.#files.values()) await this.#finish(file)
    return Array.from(this.#signed, ([serial, { certificate }]) => ({ serial, certificate }))
  }

  async #read(path: string): Promise<void> {
    const bytes = (await lstat(path)).size
    const known = this.#files.get(path)
    const file = known ?? { path, bytes: 0, end: 0, isClosed: false, open: 0 }
    this.#files.set(path, file)
    if (file.bytes === bytes) return
    if (known === undefined && (await isFinished(path, bytes))) {
      file.bytes = bytes
      return
    }
    const { lines, end, isClosed } = await readSegment(path, file.end)
    for (const line of lines) this.#apply(line, file)
    Object.assign(file, { bytes, end, isClosed })
  }

  /** Certificate and mark of a serial come in any order. */
  #apply(line: Line, file: FollowedFile): void {
    if ('signed' in line && !this.#marked.delete(line.signed)) {
      this.#signed.set(line.signed, { certificate: line.certificate, file })
      file.open += 1
    }
    if (!('recorded' in line)) return
    const signed = this.#signed.get(line.recorded)
    if (signed === undefined) {
      this.#marked.add(line.recorded)
      return
    }
    this.#signed.delete(line.recorded)
    signed.file.open -= 1
  }

  async #finish(file: FollowedFile): Promise<void> {
    if (!file.isClosed || file.open > 0) return
    file.isClosed = false
    await replaceFile(finishedOf(file.path), `${file.bytes}\n`)
  }
}

const MAX_BYTES = 64
const finishedOf = (path: string) => `${path}.finished`

async function isFinished(path: string, bytes: number): Promise<boolean> {
  const text = await readProtectedFile(finishedOf(path), 'key', MAX_BYTES).catch(ifNotThere)
  return text === `${bytes}\n`
}

function ifNotThere(error: unknown): undefined {
  if (!(error instanceof SecretError && error.code === 'missing')) throw error
}
