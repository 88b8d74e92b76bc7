import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { newLockContent, syncDirectory } from '@rekey/secret/internal/files'
import { explained } from '../file-errors.ts'

/** The directory of the record, in that of the keystore. */
export const RECORD_DIRECTORY = 'record'
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/** When a segment ends. */
export interface SegmentSize {
  /** Lines after which the next one begins; default 10,000. */
  readonly mostLines?: number
}

const MOST_LINES = 10_000

/**
 * Appends lines to a file of this process alone, in the record of a keystore. The file is made with the first line; its own first line
 * names the process. After a number of lines the next file begins, so that what is closed need not be read again. Lines that come while the disk is busy are written and synced together.
 */
export class SegmentFile {
  readonly #directory: string
  readonly #suffix: string
  #file: Promise<FileHandle> | undefined
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #isClosed = false
  #lines = 0
  readonly #mostLines: number

  /** @param suffix of the name of the file: `issued`, `on-record` */
  constructor(keystore: string, suffix: string, { mostLines = MOST_LINES }: SegmentSize = {}) {
    this.#mostLines = mostLines
    this.#directory = join(keystore, RECORD_DIRECTORY)
    this.#suffix = suffix
  }

  /**
   * Appends a line, durably.
   *
   * @throws {SecretError} `forbidden`, `missing`, `unreachable`; the next line then goes to a new file. `disposed` after
   *   {@link SegmentFile.close}
   */
  append(line: object): Promise<void> {
    // A new file would be open until the process ends.
    if (this.#isClosed) return Promise.reject(disposed(this.#directory))
    const appended = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ text: `${JSON.stringify(line)}\n`, resolve, reject })
    })
    this.#writing ??= this.#write()
    return appended
  }

  /** Takes no more lines, and ends when those before are written. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
    await this.#leave()
  }

  /** Closes the file; the next line goes to a new one. */
  async #leave(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#lines = 0
    await (await file?.catch(() => undefined))?.close()
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        const file = await (this.#file ??= openSegment(this.#directory, this.#suffix))
        await file.appendFile(batch.map(({ text }) => text).join(''))
        await file.datasync()
        for (const each of batch) each.resolve()
        this.#lines += batch.length
        if (this.#lines >= this.#mostLines) await this.#end(file)
      } catch (error) {
        // It may end with half a line, after which no other may come.
        await this.#leave().catch(() => undefined)
        for (const each of batch) each.reject(explained(this.#directory, error))
      }
    }
    this.#writing = undefined
  }

  /** Closes the segment for good. Without that line it is closed when its process is gone. */
  async #end(file: FileHandle): Promise<void> {
    try {
      await file.appendFile(`${JSON.stringify({ closed: true, lines: this.#lines })}\n`)
      await file.datasync()
    } catch {
      // What it has is synced already.
    }
    await this.#leave()
  }
}

function disposed(directory: string): SecretError {
  const message = `the keystore of ${directory} was closed meanwhile; open it again`
  return new SecretError('disposed', message)
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
