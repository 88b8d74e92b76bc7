import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'

/** The kernel's view of the environment that this process was started with, readable by each process of the same user. */
const SHOWN = '/proc/self/environ'

/** `env_start` and `env_end`, counted after the name of the program, which ends with the last `)`: proc_pid_stat(5). */
const [ENV_START, ENV_END] = [50 - 3, 51 - 3]

/**
 * Overwrites the environment that this process was started with, which Linux shows to every process of the same user in
 * `/proc/PID/environ`, whatever is deleted from `process.env`: proc_pid_environ(5). Its values stay in `env`, where they are memory
 * of this process only.
 *
 * @param env `process.env`
 * @throws {SecretError} `refused` if it can still be read
 */
export function hideEnvironment(env: Record<string, string | undefined>): void {
  const values = { ...env }
  overwriteShown()
  Object.assign(env, values)
  if (isShown()) {
    throw new SecretError(
      'refused',
      'the command could read the environment of rekey in /proc, and it cannot be overwritten: mount /proc writable, or let the command load its secrets itself',
    )
  }
}

/** Does what it can; what came of it is seen afterwards. */
function overwriteShown(): void {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [start, end] = [Number(fields[ENV_START]), Number(fields[ENV_END])]
    const memory = openSync('/proc/self/mem', 'r+')
    try {
      writeSync(memory, Buffer.alloc(end - start), 0, end - start, start)
    } finally {
      closeSync(memory)
    }
  } catch {
    // Not Linux, no /proc, or one that cannot be written.
  }
}

/** The answers that mean that there is nothing to read, or that no process of this user may read it. */
const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM'])

/** Whether it is readable: if this process may not read it, no other process of its user may. */
function isShown(): boolean {
  try {
    // eslint-disable-next-line @rekey/no-raw-env -- no variable is read: any byte is one too many
    return readFileSync(SHOWN).some((byte) => byte !== 0)
  } catch (error) {
    return !UNREADABLE.has(errnoOf(error) ?? '')
  }
}
