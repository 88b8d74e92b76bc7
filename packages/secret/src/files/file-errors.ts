import { SecretError, type SecretErrorCode } from '../errors.ts'

/** By system error code: the code of ours, and the rest of a sentence that begins with the path. */
export type FileMeanings = Readonly<Record<string, readonly [SecretErrorCode, string]>>

const MEANINGS: FileMeanings = {
  ENOENT: ['missing', 'does not exist: create it, or correct the path'],
  ENOTDIR: ['missing', 'does not exist: a part of its path is not a directory'],
  EACCES: ['forbidden', 'may not be used by this process: change its owner or mode'],
  EPERM: ['forbidden', 'may not be used by this process: change its owner, mode or attributes'],
  EROFS: ['unwritable', 'is on a read-only file system: mount it writable'],
  ENOSPC: ['unwritable', 'cannot be written, the disk is full: free some space'],
  EDQUOT: ['unwritable', 'cannot be written, the quota is used up: free some space'],
  ELOOP: ['malformed', 'is a loop of symbolic links: correct the path'],
  EISDIR: ['malformed', 'is a directory: name a file'],
}

/** Meanings for a file that is made: it lacks its directory alone. */
export const MADE = {
  ENOENT: ['missing', 'cannot be made: its directory does not exist; make that first'],
} as const satisfies FileMeanings

/** For `catch` where it is as well if the file is gone. */
export function ifMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error
}

/** The system error code (`ENOENT`) of what was thrown, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/**
 * Converts a failed file operation. Anything but a system error is returned as it is.
 *
 * @param special meanings that differ for this file
 */
export function fileError(error: unknown, path: string, special: FileMeanings = {}): unknown {
  const errno = errnoOf(error)
  if (error instanceof SecretError || errno === undefined) return error
  const [code, meaning] = special[errno] ??
    MEANINGS[errno] ?? ['unreachable', `failed with ${errno}`]
  return new SecretError(code, `${path} ${meaning}`, { path, errno })
}
