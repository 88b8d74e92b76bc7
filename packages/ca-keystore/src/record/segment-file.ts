import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { newLockContent, syncDirectory } from '@rekey/secret/files'
import { explained } from '../file-errors.ts'

/** The directory of the record, in that of the keystore. */
export const RECORD_DIRECTORY = 'record'
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/**
 * Appends lines to a file of this process alone, in the record of a keystore. The file is made with the first line; its own first line
 * names the process. Lines that come while the disk is busy are written and synced together.
 */
export class SegmentFile {
  readonly #directory: string
  readonly #suffix: string
  #file: Promise<FileHandle> | undefined
  #waiting: Waiting[] = []
  #isWriting = false

  /** @param suffix of the name of the file: `issued`, `on-record` */
  constructor(keystore: string, suffix: string) {
    this.#directory = join(keystore, RECORD_DIRECTORY)
    this.#suffix = suffix
  }

  /**
   * Appends a line, durably.
   *
   * @throws {SecretError} `forbidden`, `missing`, `unreachable`; the next line then goes to a new file
   */
  append(line: object): Promise<void> {
    const appended = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ text: `${JSON.stringify(line)}\n`, resolve, reject })
    })
    if (!this.#isWriting) void this.#write()
    return appended
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await (await file?.catch(() => undefined))?.close()
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        const file = await (this.#file ??= openSegment(this.#directory, this.#suffix))
        await file.appendFile(batch.map(({ text }) => text).join(''))
        await file.datasync()
        for (const each of batch) each.resolve()
      } catch (error) {
        // It may end with half a line, after which no other may come.
        await this.close().catch(() => undefined)
        for (const each of batch) each.reject(explained(this.#directory, error))
      }
    }
    this.#isWriting = false
  }
}

interface Waiting {
  readonly text: string
  resolve(): void
  reject(error: unknown): void
}

async function openSegment(directory: string, suffix: string): Promise<FileHandle> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 })
  if (made !== undefined) await chmod(directory, 0o700)
  const name = `${Date.now()}-${randomBytes(6).toString('hex')}.${suffix}`
  const file = await open(
    join(directory, name),
    O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY,
    0o600,
  )
  try {
    await file.appendFile(`${JSON.stringify({ holder: newLockContent() })}\n`)
    await syncDirectory(directory)
    if (made !== undefined) await syncDirectory(join(directory, '..'))
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
