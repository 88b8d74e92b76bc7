import { spawn } from 'node:child_process'
import { type Secret, SecretError } from '@rekey/secret'

/** A program that sets the password of a user at a mail server, and its arguments. */
export type Command = readonly [program: string, ...options: string[]]

/** Where programs find others. The rest of the environment of a rotator is not theirs. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Has a program set a password: it reads the user and the password from its standard input, a line each, and ends with 0 once the server has
 * it. Its output is not read. It is killed where the signal aborts.
 *
 * @throws {SecretError} `refused` if it cannot be started; `unreachable` for any other end
 */
export async function runChanger(
  [program, ...options]: Command,
  { user, password }: { readonly user: string; readonly password: Secret },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(program, options, {
    ...{ stdio: ['pipe', 'ignore', 'ignore'], env: { PATH }, signal, killSignal: 'SIGKILL' },
  })
  // One that ends before it has read all says so by its exit code.
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${user}\n${password.expose()}\n`)
  const end = await new Promise<string | number>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? 'error')
    })
    child.on('exit', (code, by) => {
      resolve(code ?? by ?? 'killed')
    })
  })
  signal.throwIfAborted()
  if (end === 0) return
  const details = { program, reason: end }
  if (typeof end === 'string' && child.pid === undefined) {
    const message = `${program} cannot be started (${end}): correct changer in the family`
    throw new SecretError('refused', message, details)
  }
  const message = `${program} did not set the password (${end}): see its log, or run it by hand`
  throw new SecretError('unreachable', message, details)
}
