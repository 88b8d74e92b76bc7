import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { SecretError } from '@rekey/secret'
import { explained } from './file-errors.ts'

const OTHERS_ANY = 0o077
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/** Why a file or directory is not safe, and what to do about it. */
type Check = readonly [fails: (stat: Stats) => boolean, problem: string, remedy: string]

const OWNED: Check = [
  (stat) => stat.uid !== process.geteuid?.(),
  'belongs to another user',
  'chown it to the user the service runs as',
]
const PRIVATE: Check = [
  (stat) => (stat.mode & OTHERS_ANY) !== 0,
  'can be used by its group or by every user',
  'chmod it to 0600 (0700 for the directory), and treat the key as disclosed if others had access',
]
const UNWRITABLE: Check = [
  (stat) => (stat.mode & OTHERS_WRITE) !== 0,
  'can be written by its group or by every user',
  'chmod it to 0644',
]
const REGULAR: Check = [
  (stat) => !stat.isFile(),
  'is not a regular file',
  'put the file itself there',
]
const ONE_LINK: Check = [
  // One that was replaced after it was opened has no name any more.
  (stat) => stat.nlink > 1,
  'has another name (a hard link)',
  'remove the other name, or restore the file from a backup',
]
const PARENT: Check = [
  (stat) => !isTrustedOwner(stat) || ((stat.mode & OTHERS_WRITE) !== 0 && !isSharedSafely(stat)),
  'lies above the keystore and belongs to, or can be written by, others, who could replace the keystore',
  'have it belong to root or the user of the service, who alone may write to it',
]

/** How a file of the keystore must be. */
const FILE_RULES = {
  /** The encrypted key: only for the user who runs the service. */
  key: [REGULAR, OWNED, PRIVATE, ONE_LINK],
  /** Certificates: others may read. */
  certificate: [REGULAR, OWNED, UNWRITABLE, ONE_LINK],
} satisfies Record<string, readonly Check[]>

/**
 * Reads a file after checking it by `fstat` on the descriptor that is read, so that nothing can be swapped between.
 * Symbolic links are not followed; a FIFO does not hang.
 *
 * @throws {SecretError} `missing`, `forbidden`, `refused` (unsafe), `malformed` (too large), `unreachable` (I/O)
 */
export async function readProtectedFile(
  path: string,
  rule: keyof typeof FILE_RULES,
  maxBytes: number,
): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stat = await file.stat()
    check(path, stat, FILE_RULES[rule])
    if (stat.size > maxBytes) {
      throw new SecretError('malformed', `${path} is longer than ${maxBytes} bytes; restore it`, {
        path,
        reason: 'too-large',
      })
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Reads a file as {@link readProtectedFile} does. @returns `undefined` if there is none */
export async function readIfPresent(
  ...file: Parameters<typeof readProtectedFile>
): Promise<string | undefined> {
  return readProtectedFile(...file).catch((error: unknown) => {
    if (error instanceof SecretError && error.code === 'missing') return undefined
    throw error
  })
}

/**
 * Checks that only this user can reach into `directory`: its own mode and owner, no symbolic link on the way, and nothing
 * above it that others could use to replace it.
 *
 * @throws {SecretError} `missing`, `forbidden`, `refused`, `unreachable`
 */
export async function checkKeystoreDirectory(directory: string): Promise<void> {
  const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY } = constants
  const handle = await opened(directory, O_RDONLY | O_NOFOLLOW | O_DIRECTORY)
  try {
    check(directory, await handle.stat(), [OWNED, PRIVATE])
  } finally {
    await handle.close()
  }
  await checkParents(directory)
}

/** The part of {@link checkKeystoreDirectory} that looks above `directory`, which need not exist yet. */
export async function checkParents(directory: string): Promise<void> {
  let parent = dirname(resolve(directory))
  const real = await realpath(parent).catch((error: unknown) => {
    throw explained(parent, error)
  })
  if (real !== parent) {
    throw refused(parent, 'leads through a symbolic link', `name ${real} instead`)
  }
  for (;;) {
    check(parent, await lstat(parent), [PARENT])
    if (parent === dirname(parent)) return
    parent = dirname(parent)
  }
}

function isTrustedOwner({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.()
}

/** As in `/tmp`: every user may add names, and only their owner may remove them. */
function isSharedSafely({ uid, mode }: Stats): boolean {
  return uid === 0 && (mode & STICKY) !== 0
}

function check(path: string, stat: Stats, checks: readonly Check[]): void {
  const failed = checks.find(([fails]) => fails(stat))
  if (failed === undefined) return
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  throw refused(path, `(mode ${mode}) ${failed[1]}`, failed[2])
}

async function opened(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags)
  } catch (error) {
    throw explained(path, error)
  }
}

function refused(path: string, problem: string, remedy: string): SecretError {
  return new SecretError('refused', `${path} ${problem}; ${remedy}`, {
    path,
    reason: 'unsafe-file',
  })
}
