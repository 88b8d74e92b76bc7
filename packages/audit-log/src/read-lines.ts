import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/internal/files'

/** A line as bytes, without its line end. */
export interface RawLine {
  readonly bytes: Buffer
  /** Whether its line end is there. */
  readonly ended: boolean
}

const NEWLINE = 0x0a

/**
 * Reads the lines of a file, one at a time. Ends after a line longer than `maxBytes`.
 *
 * @param start the byte to begin with; default 0
 * @throws {SecretError} `missing`, `forbidden`, `unreachable`
 */
export async function* readLines(
  path: string,
  maxBytes: number,
  start = 0,
): AsyncGenerator<RawLine> {
  let rest = Buffer.alloc(0)
  try {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK
    await using file = await open(path, flags)
    if (!(await file.stat()).isFile()) {
      throw new SecretError('refused', `${path} is no regular file: name the file of a log`, {
        path,
      })
    }
    for await (const chunk of file.createReadStream({ start }) as AsyncIterable<Buffer>) {
      let bytes = Buffer.concat([rest, chunk])
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
        yield { bytes: bytes.subarray(0, end), ended: true }
        bytes = bytes.subarray(end + 1)
      }
      rest = bytes
      if (rest.length > maxBytes) break
    }
  } catch (error) {
    throw fileError(error, path)
  }
  if (rest.length > 0) yield { bytes: rest, ended: rest.length > maxBytes }
}
