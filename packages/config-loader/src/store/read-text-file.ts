import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { FileOrigin } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/internal/files'

/** A text file as it was at one instant. */
export interface TextFile {
  readonly text: string
  readonly stat: Stats
  readonly origin: FileOrigin
}

/** A file as it was at one instant. */
export interface SmallFile {
  readonly bytes: Buffer
  readonly stat: Stats
  readonly origin: FileOrigin
}

/**
 * Reads a regular file of at most `maxBytes` as strict UTF-8. Never blocks on a pipe, and never reads a device.
 *
 * @param called what errors call it, where the path itself may be a secret that was put in its place
 * @throws {SecretError} `missing`, `forbidden`, `unreachable`, or `malformed` for what is no such file
 */
export async function readTextFile(
  path: string,
  maxBytes: number,
  called = path,
): Promise<TextFile> {
  const { bytes, ...about } = await readBoundedFile(path, maxBytes, called)
  return { text: decode(bytes, called), ...about }
}

/** Reads a regular file of any bytes, with the limits and errors of {@link readTextFile}. */
export async function readBoundedFile(
  path: string,
  maxBytes: number,
  called = path,
): Promise<SmallFile> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw fileError(error, called)
    },
  )
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw malformed(called, 'is not a regular file: name one')
    const bytes = await readUpTo(handle, maxBytes + 1)
    if (bytes.length > maxBytes) throw tooLarge(called, maxBytes)
    return { bytes, stat, origin: await originOf(handle, path) }
  } catch (error) {
    throw fileError(error, called)
  } finally {
    await handle.close()
  }
}

async function originOf(handle: FileHandle, path: string): Promise<FileOrigin> {
  const { dev, ino } = await handle.stat({ bigint: true })
  return { kind: 'file', path: resolve(path), device: dev.toString(), inode: ino.toString() }
}

async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let left = maxBytes
  while (left > 0) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(left, 65_536)))
    if (bytesRead === 0) break
    chunks.push(buffer.subarray(0, bytesRead))
    left -= bytesRead
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Buffer, path: string): string {
  const text = bytes.toString('utf8')
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    throw malformed(path, 'is not UTF-8: save it as UTF-8')
  }
  if (text.startsWith('\uFEFF')) {
    throw malformed(path, 'begins with a byte order mark: save it as UTF-8 without BOM')
  }
  if (text.includes('\0')) throw malformed(path, 'contains a NUL byte: remove it')
  return text
}

function malformed(path: string, what: string): SecretError {
  return new SecretError('malformed', `${path} ${what}`, { path })
}

function tooLarge(path: string, limit: number): SecretError {
  const message = `${path} is larger than the ${limit} bytes that are read: shorten it, or name another file`
  return new SecretError('malformed', message, { path, limit })
}
