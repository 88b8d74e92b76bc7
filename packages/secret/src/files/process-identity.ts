import { readlinkSync } from 'node:fs'
import { errnoOf } from './file-errors.ts'
import { bootOfMachine, isZombie, processStat } from './lock-holder.ts'

/** One process among all that have run on a machine since it started. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in ticks since the machine did: a process id is used again, with another time (proc_pid_stat(5), field 22). */
  readonly start: string
  /** The start of the machine: random(4), `boot_id`. */
  readonly boot: string
  /** The namespace in which the process id counts: containers on one machine have different ones (pid_namespaces(7)). */
  readonly namespace: string
}

/** Identifies this process; undefined where the system does not show it, as outside of Linux. */
export function identifyProcess(): ProcessIdentity | undefined {
  const boot = bootOfMachine()
  try {
    const start = startOf(process.pid)
    const namespace = readlinkSync('/proc/self/ns/pid')
    return boot === undefined || start === undefined
      ? undefined
      : { pid: process.pid, start, boot, namespace }
  } catch {
    return undefined
  }
}

/** Whether that process has ended for certain. Of another machine or container nothing is certain. */
export function hasEnded({ pid, start, boot, namespace }: ProcessIdentity): boolean {
  const own = identifyProcess()
  if (own?.boot !== boot || own.namespace !== namespace) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user
    if (errnoOf(error) !== 'EPERM') return errnoOf(error) === 'ESRCH'
  }
  const found = startOf(pid)
  return found !== undefined && (found !== start || isZombie(pid))
}

function startOf(pid: number): string | undefined {
  return processStat(pid)?.[19]
}
