import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { errnoOf } from './file-errors.ts'

/** The process that a lock file names. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
}

/** Makes the content of a lock file of this process; no two are alike. */
export function newLockContent(): string {
  return `${process.pid} ${hostname()} ${randomBytes(9).toString('base64url')}\n`
}

/** Reads the holder out of the content of a lock file. */
export function parseLockHolder(content: string): LockHolder {
  const [pid = '', host = ''] = content.trim().split(' ')
  return { pid: Number(pid), host }
}

/** Whether that process is gone for certain; of another machine nothing is certain. */
export function isGone({ pid, host }: LockHolder): boolean {
  if (host !== hostname()) return false
  try {
    return !process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user
    return errnoOf(error) !== 'EPERM'
  }
}
