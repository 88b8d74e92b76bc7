import { constants, type Stats } from 'node:fs'
import { lstat, open, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SecretError } from '../errors.ts'
import { errnoOf, fileError } from './file-errors.ts'

/** Whether a file is unsafe, why, and what to do about it. */
type Check = readonly [fails: (stat: Stats) => boolean, problem: string, remedy: string]

const STICKY = 0o1000
const OWNED: Check = [
  ({ uid }) => uid !== process.geteuid?.(),
  'belongs to another user',
  'remove it, or name another place',
]
const PRIVATE: Check = [
  ({ mode }) => (mode & 0o077) !== 0,
  'can be used by its group or by every user',
  'chmod it to 0700 (a directory) or 0600 (a file), and replace what it holds if others had access',
]
const ONE_REGULAR: Check = [
  // One that was replaced after it was opened has no name any more.
  (stat) => !stat.isFile() || stat.nlink > 1,
  'is no regular file, or has a second name (a hard link)',
  'remove it',
]
const TRUSTED: Check = [
  (stat) => !isTrusted(stat),
  'belongs to, or can be written by, another user, who could replace what is in it',
  'have it belong to you or to root, and chmod go-w it',
]

const FILE_OR_DIRECTORY: Check = [
  (stat) => !stat.isFile() && !stat.isDirectory(),
  'is a pipe, a socket or a device',
  'put a file in its place',
]

/**
 * Checks that only this user can reach into a directory and that no other can replace it: owner, mode, no symbolic link, and the
 * same for writing in each directory above. Windows has access lists instead, which are not checked.
 *
 * @returns its real path: what is opened below that cannot be exchanged by another user
 * @throws {SecretError} `refused` if it is not safe, `missing`, `forbidden`, `unreachable`
 */
export async function privateDirectory(path: string): Promise<string> {
  const absolute = resolve(path)
  if (process.geteuid === undefined) return absolute
  return explained(absolute, async () => {
    const real = join(await realpath(dirname(absolute)), basename(absolute))
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
    await using directory = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    check(real, await directory.stat(), [OWNED, PRIVATE])
    await checkAbove(real)
    return real
  })
}

/**
 * Reads a file that only this user can read or write. It is checked on the descriptor that is read.
 *
 * @throws {SecretError} `refused` for another owner, mode, a link, or what is no regular file; `missing`, `forbidden`, `unreachable`
 */
export async function readPrivateFile(path: string): Promise<string> {
  return explained(path, async () => {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const rules = process.geteuid === undefined ? [] : [ONE_REGULAR, OWNED, PRIVATE]
    check(path, await file.stat(), rules)
    return await file.readFile('utf8')
  })
}

/**
 * Checks that no other user can change a file or put another one in its place: neither it nor a directory above it belongs
 * to, or can be written by, a user other than this one and root, and no symbolic link leads to it.
 *
 * @throws {SecretError} `refused`, `missing`, `forbidden`, `unreachable`
 */
export async function checkUnchangeable(path: string): Promise<void> {
  if (process.geteuid === undefined) return
  await explained(path, async () => {
    if ((await realpath(path)) !== path) {
      throw refused(path, 'is reached by a symbolic link', 'name the file itself')
    }
    check(path, await lstat(path), [TRUSTED, FILE_OR_DIRECTORY])
    await checkAbove(path)
  })
}

async function checkAbove(real: string): Promise<void> {
  for (let above = dirname(real); ; above = dirname(above)) {
    check(above, await lstat(above), [TRUSTED])
    if (above === dirname(above)) return
  }
}

/** Whether only this user and root can exchange what is in a directory, or write a file. */
function isTrusted(stat: Stats): boolean {
  const { uid, gid, mode } = stat
  if (uid !== 0 && uid !== process.geteuid?.()) return false
  // As in /tmp: every user may add names there, and only their owner may take them away.
  if (stat.isDirectory() && uid === 0 && (mode & STICKY) !== 0) return true
  // Many systems give each user a group of its own with the same number, and let it write.
  const isOwnGroup = gid === uid
  return (mode & (isOwnGroup ? 0o002 : 0o022)) === 0
}

function check(path: string, stat: Stats, checks: readonly Check[]): void {
  const failed = checks.find(([fails]) => fails(stat))
  if (failed === undefined) return
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  throw refused(path, `(mode ${mode}, owner ${stat.uid}) ${failed[1]}`, failed[2])
}

function refused(path: string, problem: string, remedy: string): SecretError {
  return new SecretError('refused', `${path} ${problem}: ${remedy}`, { path })
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (!['ELOOP', 'ENOTDIR'].includes(errno)) throw fileError(error, path)
    throw refused(path, 'is a symbolic link, or its path leads through a file', 'remove it')
  }
}
