import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'

/** How a file has to be copied so that gitleaks reads it. */
export interface ReadableCopy {
  /** The name of the copy, by which gitleaks knows an archive and leaves nothing out. */
  readonly name: string
  /** The encoding that the copy has to be decoded from. */
  readonly encoding?: 'utf-16le' | 'utf-16be'
}

/**
 * Decides how gitleaks comes to read a file.
 *
 * @param bytes the file, or at least its first {@link HEAD_BYTES}
 */
export function readableCopy(file: string, bytes: Buffer): ReadableCopy {
  const head = bytes.subarray(0, HEAD_BYTES)
  // The rules of gitleaks leave these folders out; git tracks them after `git add --force`.
  const name = file.replaceAll(/(?<=^|\/)node_modules(?=\/)/g, 'node-modules')
  const encoding = utf16Of(head)
  return encoding === undefined ? { name: `${name}${endingFor(name, head)}` } : { name, encoding }
}

/** Enough for the marks of a format. */
export const HEAD_BYTES = 4096

/** Writes the bytes of a file as a copy of it. */
export async function writeReadable(
  path: string,
  { encoding }: ReadableCopy,
  bytes: Buffer,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, encoding === undefined ? bytes : new TextDecoder(encoding).decode(bytes))
}

/** A byte order mark, or every other byte of text being 0: gitleaks reads neither. */
function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head.length < 2) return undefined
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const pairs = Math.floor(head.length / 2)
  const zeros = [0, 0]
  for (let at = 0; at < pairs * 2; at += 1) {
    if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  }
  const [even = 0, odd = 0] = zeros
  if (odd > pairs * 0.7 && even < pairs * 0.1) return 'utf-16le'
  return even > pairs * 0.7 && odd < pairs * 0.1 ? 'utf-16be' : undefined
}

/** Names by which gitleaks would not know an archive, and the ending that it knows. */
const ARCHIVE_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\.tbz2?$/i, '.tar.bz2'],
  [/\.txz$/i, '.tar.xz'],
]

/** gitleaks opens archives by their names: what to add to one, so that it is opened. */
function endingFor(file: string, head: Buffer): string {
  const isZip = head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))
  if (isZip) return /\.zip$/i.test(file) ? '' : '.zip'
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const ending = isTar(unzip(head)) ? '.tar.gz' : '.gz'
    return file.toLowerCase().endsWith(ending) ? '' : ending
  }
  if (isTar(head)) return /\.tar$/i.test(file) ? '' : '.tar'
  return ARCHIVE_NAMES.find(([pattern]) => pattern.test(file))?.[1] ?? ''
}

function unzip(head: Buffer): Buffer {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 24 })
  } catch {
    return Buffer.alloc(0)
  }
}

/** The magic of POSIX.1-1988 ustar, at its offset. */
function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar'
}
