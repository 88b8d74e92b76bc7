import { execFile } from 'node:child_process'
import type { Stats } from 'node:fs'
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gunzipSync } from 'node:zlib'
import { ifMissing } from '@rekey/secret/internal/files'
import { isWithin } from '../work-tree.ts'

const run = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024
const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']

/** A work tree that was copied. */
export interface CopiedTree {
  /** The files that it has, by their names in the work tree. */
  readonly files: readonly string[]
  /** How large they are together. */
  readonly bytes: number
  /** By the name of a copy, that of the file, where they differ. */
  readonly originals: ReadonlyMap<string, string>
  /** Folders in it that are repositories of their own: submodules, and others. */
  readonly repositories: readonly string[]
  /** Files that were not copied, and why. */
  readonly left: readonly { readonly file: string; readonly why: string }[]
}

/** Larger files are not searched. */
const MAX_MIB = 256

/**
 * Copies what git tracks or would take into `target`, so that ignored files (`.env`, `node_modules`) are not searched. Of a link that is its text, as
 * for git, and nothing of what it leads to. Text in UTF-16, and archives that gitleaks does not know by their names, are copied so that it reads them.
 */
export async function copyWorkTree(root: string, target: string): Promise<CopiedTree> {
  const { stdout } = await run('git', LIST, { cwd: root, maxBuffer: MAX_OUTPUT })
  const files: string[] = []
  const repositories: string[] = []
  const left: { file: string; why: string }[] = []
  const originals = new Map<string, string>()
  let bytes = 0
  await mkdir(target, { recursive: true })
  for (const file of new Set(stdout.split('\0').filter((name) => name !== ''))) {
    const from = join(root, file)
    const found = await lstat(from).catch(ifMissing)
    // Git lists what is behind a link to a folder for as long as it was there before.
    if (found === undefined || !(await isWithin(root, await realpath(dirname(from))))) continue
    if (found.isDirectory()) {
      if (await isRepository(from)) repositories.push(file.replace(/\/$/, ''))
      continue
    }
    const why = found.isSymbolicLink() ? undefined : reasonToLeave(found)
    if (why !== undefined) {
      left.push({ file, why })
      continue
    }
    await mkdir(dirname(join(target, file)), { recursive: true })
    const copy = found.isSymbolicLink()
      ? await copyLink(from, { target, file })
      : await copyText(from, { target, file })
    if (copy !== file) originals.set(copy, file)
    files.push(file)
    bytes += found.size
  }
  return { files, bytes, originals, repositories, left }
}

interface Copy {
  readonly target: string
  readonly file: string
}

async function copyLink(from: string, { target, file }: Copy): Promise<string> {
  await writeFile(join(target, file), await readlink(from))
  return file
}

/** Gives the name of the copy. */
async function copyText(from: string, { target, file }: Copy): Promise<string> {
  const head = await readHead(from)
  const encoding = utf16Of(head)
  if (encoding !== undefined) {
    await writeFile(join(target, file), new TextDecoder(encoding).decode(await readFile(from)))
    return file
  }
  const copy = `${file}${endingFor(file, head)}`
  await copyFile(from, join(target, copy))
  return copy
}

/** Enough for the marks of a format. */
const HEAD_BYTES = 4096

async function readHead(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return buffer.subarray(0, bytesRead)
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

function reasonToLeave(found: Stats): string | undefined {
  if (!found.isFile()) return 'it is a pipe, a socket or a device'
  return found.size > MAX_MIB * 2 ** 20 ? `it has more than ${MAX_MIB} MiB` : undefined
}

/** Not one that is empty, since it was not fetched. */
async function isRepository(folder: string): Promise<boolean> {
  return (await lstat(join(folder, '.git')).catch(ifMissing)) !== undefined
}
