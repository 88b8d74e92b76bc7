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
import { ifMissing } from '@rekey/secret/internal/files'
import { listFiles } from '../git.ts'
import { isWithin } from '../work-tree.ts'
import { MAX_MIB, readBlobs } from './blobs.ts'
import { listStaged } from './changed-files.ts'
import { HEAD_BYTES, readableCopy, writeReadable } from './readable-copy.ts'

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

/**
 * Copies what git tracks or would take into `target`, so that ignored files (`.env`, `node_modules`) are not searched. Of a link that is its text, as
 * for git, and nothing of what it leads to. Text in UTF-16, and archives that gitleaks does not know by their names, are copied so that it reads them.
 */
export async function copyWorkTree(root: string, target: string): Promise<CopiedTree> {
  const files: string[] = []
  const repositories: string[] = []
  const left: { file: string; why: string }[] = []
  const originals = new Map<string, string>()
  let bytes = 0
  await mkdir(target, { recursive: true })
  for (const file of await listFiles(root)) {
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
    const copy = found.isSymbolicLink()
      ? await copyLink(from, { target, file })
      : await copyText(from, { target, file })
    if (copy !== file) originals.set(copy, file)
    files.push(file)
    bytes += found.size
  }
  return { files, bytes, originals, repositories, left }
}

/** Copies what is staged into `target`, as {@link copyWorkTree} copies files: whole files, as the commit would have them. */
export async function copyStaged(root: string, target: string): Promise<CopiedTree> {
  const files = new Map<string, string[]>()
  const repositories: string[] = []
  const left: { file: string; why: string }[] = []
  const originals = new Map<string, string>()
  let bytes = 0
  await mkdir(target, { recursive: true })
  for await (const { file, id } of listStaged(root)) {
    if (id === undefined) repositories.push(file)
    else if (files.get(id)?.push(file) === undefined) files.set(id, [file])
  }
  for await (const [id, blob] of readBlobs(root, files.keys())) {
    for (const file of files.get(id) ?? []) {
      if (blob === undefined) {
        left.push({ file, why: TOO_LARGE })
        continue
      }
      const copy = readableCopy(file, blob)
      await writeReadable(join(target, copy.name), copy, blob)
      if (copy.name !== file) originals.set(copy.name, file)
      bytes += blob.length
    }
  }
  return { files: [...files.values()].flat(), bytes, originals, repositories, left }
}

interface Copy {
  readonly target: string
  readonly file: string
}

async function copyLink(from: string, { target, file }: Copy): Promise<string> {
  await mkdir(dirname(join(target, file)), { recursive: true })
  await writeFile(join(target, file), await readlink(from))
  return file
}

/** Gives the name of the copy. */
async function copyText(from: string, { target, file }: Copy): Promise<string> {
  const copy = readableCopy(file, await readHead(from))
  const to = join(target, copy.name)
  if (copy.encoding === undefined) {
    await mkdir(dirname(to), { recursive: true })
    await copyFile(from, to)
  } else await writeReadable(to, copy, await readFile(from))
  return copy.name
}

async function readHead(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return buffer.subarray(0, bytesRead)
}

function reasonToLeave(found: Stats): string | undefined {
  if (!found.isFile()) return 'it is a pipe, a socket or a device'
  return found.size > MAX_MIB * 2 ** 20 ? TOO_LARGE : undefined
}

const TOO_LARGE = `it has more than ${MAX_MIB} MiB`

/** Not one that is empty, since it was not fetched. */
async function isRepository(folder: string): Promise<boolean> {
  return (await lstat(join(folder, '.git')).catch(ifMissing)) !== undefined
}
