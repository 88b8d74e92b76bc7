import { createHash } from 'node:crypto'
import { type Clock, SecretError } from '@rekey/secret'
import { generationFolder, type MountLayout, readGeneration } from './mount-layout.ts'
import { listFiles, type MountedFile, readFiles } from './read-mounted-files.ts'

/** Files of one instant. */
export type MountedFiles = ReadonlyMap<string, MountedFile>

/** Options of {@link readMount}. */
export interface MountRead {
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
    if (isFresh(last, clock.now())) await clock.sleep(STILL_MS, signal)
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
