import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { SecretError } from '../errors.ts'

/** Options of {@link readRegularFile}. */
interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: any size. */
  readonly maxBytes?: number
}

/**
 * Reads a regular file as text. What may lie in its place, a pipe, a socket or a device, is refused before it is read: opening a pipe
 * without a writer blocks a thread of Node.js for good, which no signal ends (fifo(7)).
 *
 * @throws {SecretError} `refused` for what is no regular file, or is larger; the error of the system otherwise, for `fileError`
 */
export async function readRegularFile(
  path: string,
  { signal, maxBytes = Infinity }: ReadOptions = {},
): Promise<string> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stat = await file.stat()
  if (stat.isFile() && stat.size > maxBytes) throw tooLarge(path, maxBytes)
  if (stat.isFile()) return await file.readFile({ encoding: 'utf8', ...(signal && { signal }) })
  // As the system answers where one is read.
  if (stat.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
  const message = `${path} is a pipe, a socket or a device, owner ${stat.uid}: name a file`
  throw new SecretError('refused', message, { path })
}

function tooLarge(path: string, maxBytes: number): SecretError {
  const message = `${path} has more than ${maxBytes} bytes, which is more than it may have: correct the path, or shorten it`
  return new SecretError('refused', message, { path, maxBytes })
}
