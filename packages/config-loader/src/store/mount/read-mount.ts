import { createHash } from 'node:crypto'
import { type Clock, SecretError } from '@rekey/secret'
import type { FileOrigin } from '@rekey/secret/internal'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { errnoOf, fileError, ifMissing } from '@rekey/secret/internal/files'
import { readBoundedFile } from '../read-text-file.ts'

/** Files of one instant. */
export type MountedFiles = ReadonlyMap<string, MountedFile>

/** Options of {@link readMount}. */
interface MountRead {
  readonly layout: MountLayout
  readonly maxBytes: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

const MAX_ATTEMPTS = 50

/** How long a file in a plain directory must have been left alone to be taken as written to its end. */
const STILL_MS = 50

/**
 * Reads files as they were at one instant; `names` without a value means all. From a volume of the kubelet, everything is
 * read in the one folder that `..data` points at. The set is good if every file of it was there (such a folder is never
 * changed), or if `..data` has not moved meanwhile (such a folder is only removed after that); else it is read again. In
 * a plain directory two readings must agree.
 *
 * @throws {SecretError} `unreachable` if the files keep changing, `missing` or `forbidden` for the directory as a whole
 */
export async function readMount(read: MountRead, names?: readonly string[]): Promise<MountedFiles> {
  const { root } = read.layout
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    read.signal?.throwIfAborted()
    const generation = await readGeneration(root)
    if (generation === undefined) return readPlain(read, names)
    const folder = { ...read, root, folder: generationFolder(read.layout, generation) }
    const files = await readAll(folder, names).catch(ifFolderIsGone)
    const isWhole = names !== undefined && files?.size === names.length
    if (files && (isWhole || (await readGeneration(root)) === generation)) return files
  }
  throw keepsChanging(root)
}

async function readPlain(read: MountRead, names?: readonly string[]): Promise<MountedFiles> {
  const { layout, clock, signal } = read
  const folder = { ...read, root: layout.root, folder: layout.root }
  let last = await readAll(folder, names)
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (isFresh(last, clock.now())) {
      await clock.sleep(STILL_MS, signal, { keepAlive: true })
    }
    const next = await readAll(folder, names)
    if (digestOf(next) === digestOf(last)) return next
    last = next
  }
  throw keepsChanging(layout.root)
}

async function readAll(
  folder: Parameters<typeof listFiles>[0],
  names: readonly string[] | undefined,
): Promise<MountedFiles> {
  return readFiles(names ?? (await listFiles(folder)), folder)
}

/** Whether two readings are of the same files, not written to between them. */
function digestOf(files: MountedFiles): string {
  const facts = Array.from(files, ([name, file]) => {
    return [name, fingerprint(file), 'bytes' in file && file.writtenAtMs]
  })
  return JSON.stringify(facts)
}

/** Distinguishes two contents of a file; reveals nothing of the content. */
export function fingerprint(file: MountedFile): string {
  if (file instanceof SecretError) return file.code
  return createHash('sha256').update(file.bytes).digest('base64url')
}

function isFresh(files: MountedFiles, nowMs: number): boolean {
  return Array.from(files.values()).some((file) => {
    if (file instanceof SecretError) return false
    return Math.abs(nowMs - file.writtenAtMs) < STILL_MS
  })
}

/** The folder of a generation goes when the next one is there. */
function ifFolderIsGone(error: unknown): undefined {
  if (!(error instanceof SecretError) || error.code !== 'missing') throw error
}

function keepsChanging(root: string): SecretError {
  const message = `the files in ${root} keep changing: read them again later`
  return new SecretError('unreachable', message, { reason: 'changing' })
}

/** A file as it was, or why it cannot be read. */
export type MountedFile = SmallBytes | SecretError

/** The bytes of a file and when they were last written (milliseconds since the epoch). */
interface SmallBytes {
  readonly bytes: Buffer
  readonly writtenAtMs: number
  readonly origin: FileOrigin
}

/** Where the files are and how far they may reach. */
interface FolderRead {
  readonly folder: string
  /** The directory, links resolved, that no symbolic link may lead out of. */
  readonly root: string
  readonly maxBytes: number
}

/** Reads these files, one by one. A name that is not there is not in the answer. */
async function readFiles(
  names: readonly string[],
  read: FolderRead,
): Promise<Map<string, MountedFile>> {
  const files = await Promise.all(
    names.map(async (name) => [name, await readInside(name, read)] as const),
  )
  return new Map(files.flatMap(([name, file]) => (file === undefined ? [] : [[name, file]])))
}

/**
 * The names of all files in a folder and its folders, `nested/KEY` too. What begins with `..` is the kubelet's own
 * (Kubernetes, `pkg/volume/util/atomic_writer.go`), never a key.
 */
export async function listFiles({ folder }: FolderRead): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw fileError(error, folder)
    },
  )
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(relative(folder, entry.parentPath), entry.name))
    .filter((name) => !name.split(sep).some((part) => part.startsWith('..')))
    .sort()
}

async function readInside(
  name: string,
  { folder, root, maxBytes }: FolderRead,
): Promise<MountedFile | undefined> {
  try {
    const path = await realpath(join(folder, name))
    if (!path.startsWith(root + sep)) return leadsOut(name, folder)
    const { bytes, stat, origin } = await readBoundedFile(path, maxBytes)
    return { bytes, writtenAtMs: stat.mtimeMs, origin }
  } catch (error) {
    const problem = fileError(error, join(folder, name))
    if (!(problem instanceof SecretError)) throw error
    return problem.code === 'missing' ? undefined : problem
  }
}

/** Reading what such a link names let one secret of pydantic-settings show any file of the machine: GHSA-4xgf-cpjx-pc3j. */
function leadsOut(name: string, folder: string): SecretError {
  const message = `${name} in ${folder} is a symbolic link out of the mount: put a file there`
  return new SecretError('refused', message, { reason: 'link-out' })
}

/** Where the files of a mounted directory really lie. */
export interface MountLayout {
  /** The directory that has `..data`; without one, the mounted directory itself. Links resolved. */
  readonly root: string
  /** The mounted directory below `..data`, for a volume whose keys have folders; empty for the volume itself. */
  readonly within: string
}

/** The link that the kubelet swaps (Kubernetes, `pkg/volume/util/atomic_writer.go`). */
const DATA = '..data'

/**
 * Finds the volume that `directory` is, or is a folder of.
 *
 * @throws {SecretError} `missing`, `forbidden`, or `malformed` if it is no directory
 */
export async function findLayout(directory: string): Promise<MountLayout> {
  await checkDirectory(directory)
  for (
    let candidate = directory;
    candidate !== dirname(candidate);
    candidate = dirname(candidate)
  ) {
    if ((await readGeneration(candidate)) !== undefined) {
      const within = relative(candidate, directory)
      const isFolderOfIt = within === '' || (await leadsThroughData(candidate, within))
      if (isFolderOfIt) return { root: await realpath(candidate), within }
    }
  }
  return { root: await realpath(directory), within: '' }
}

/** The target of `..data` in `root`: a name that is never used twice. `undefined` without such a link. */
export async function readGeneration(root: string): Promise<string | undefined> {
  try {
    return await readlink(join(root, DATA))
  } catch (error) {
    const isNoLink = ['ENOENT', 'EINVAL', 'ENOTDIR'].includes(errnoOf(error) ?? '')
    if (isNoLink) return undefined
    throw fileError(error, root)
  }
}

/** The folder that holds the files of one generation. */
export function generationFolder({ root, within }: MountLayout, generation: string): string {
  return join(root, generation, within)
}

async function leadsThroughData(root: string, within: string): Promise<boolean> {
  const [first = ''] = within.split('/')
  const link = join(root, first)
  if (!(await lstat(link).catch(ifMissing))?.isSymbolicLink()) return false
  return (await readlink(link)).startsWith(`${DATA}/`)
}

async function checkDirectory(directory: string): Promise<void> {
  try {
    const real = await realpath(directory)
    if ((await lstat(real)).isDirectory()) return
  } catch (error) {
    throw fileError(error, directory)
  }
  throw new SecretError(
    'malformed',
    `${directory} is not a directory: name the one that is mounted`,
  )
}
