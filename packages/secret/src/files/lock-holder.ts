import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { errnoOf } from './file-errors.ts'

/** The process that a lock file names. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  /** Names the start of the machine that the process belongs to; absent where the system has no name for it. */
  readonly boot?: string
}

const BOOT = bootOfMachine()

/** Makes the content of a lock file of this process; no two are alike. */
export function newLockContent(): string {
  return (
    `${process.pid} ${hostname()} ${randomBytes(9).toString('base64url')} ${BOOT ?? ''}`.trim() +
    '\n'
  )
}

/** Reads the holder out of the content of a lock file. */
export function parseLockHolder(content: string): LockHolder {
  const [pid = '', host = '', , boot] = content.trim().split(' ')
  return { pid: Number(pid), host, ...(boot !== undefined && { boot }) }
}

/** Whether that process is gone for certain; of another machine nothing is certain. */
export function isGone({ pid, host, boot }: LockHolder): boolean {
  if (host !== hostname()) return false
  // Process ids begin again with the machine.
  if (boot !== undefined && BOOT !== undefined && boot !== BOOT) return true
  try {
    process.kill(pid, 0)
    return isZombie(pid)
  } catch (error) {
    // EPERM: it runs, as another user
    return errnoOf(error) !== 'EPERM'
  }
}

/** Linux names each start of the machine: random(4), `boot_id`. */
export function bootOfMachine(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

/** A process that has ended, and whose parent has not asked for its exit code: in a container there may be none that ever asks. */
export function isZombie(pid: number): boolean {
  return processStat(pid)?.[0] === 'Z'
}

/** From the state on (proc_pid_stat(5), field 3). Undefined where `/proc` does not show the process, as with `hidepid`. */
export function processStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program is in brackets, and may hold any character.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
