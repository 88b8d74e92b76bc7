import { type ChildProcess, spawn } from 'node:child_process'
import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'

/** One run of a program that prints a secret. */
export interface ProgramRun {
  /** Looked up in `PATH` of `env`. */
  readonly command: string
  /** Every user of the machine can see them: they hold no value. */
  readonly args: readonly string[]
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>
  /** Ends the program and all that it started. */
  readonly signal: AbortSignal
}

/** The end of a program. Its output may hold anything: show none of it. */
export interface ProgramResult {
  /** `null` if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  /** The first 8 KiB. */
  readonly stderr: string
}

const MAX_BYTES = 64 * 1024
const MAX_COMPLAINT_BYTES = 8 * 1024

/**
 * Runs a program without a shell, a terminal and an input, in the root directory, where no file of a project configures it.
 *
 * @throws {SecretError} `unreachable` if it cannot be started; `malformed` if it prints more than 64 KiB, or no UTF-8; the reason of
 *   the signal
 */
export async function runProgram(run: ProgramRun): Promise<ProgramResult> {
  const { command, args, env, signal } = run
  signal.throwIfAborted()
  const child = spawn(command, args, {
    ...{ cwd: '/', env, detached: true, windowsHide: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const onAbort = () => {
    endGroup(child)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const [stdout, stderr, code] = await Promise.all([
      readUpTo(child.stdout, MAX_BYTES, () => {
        endGroup(child)
      }),
      readUpTo(child.stderr, MAX_COMPLAINT_BYTES),
      endOf(child, command),
    ])
    signal.throwIfAborted()
    if (stdout.length > MAX_BYTES) {
      throw new SecretError('malformed', `${command} printed more than ${MAX_BYTES} bytes`)
    }
    return { code, stdout: decode(stdout, command), stderr: stderr.toString('latin1') }
  } finally {
    signal.removeEventListener('abort', onAbort)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** Its helpers end with it: one that outlives it would keep its pipes open. */
function endGroup({ pid, stdout, stderr }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
  stdout?.destroy()
  stderr?.destroy()
}

function endOf(child: ChildProcess, command: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', (error) => {
      const isAbsent = errnoOf(error) === 'ENOENT'
      const why = isAbsent ? 'is not installed: put it on PATH' : 'cannot be run: check its mode'
      reject(new SecretError('unreachable', `the program ${command} ${why}`))
    })
  })
}

/** One byte more shows that there were more. */
function readUpTo(
  stream: NodeJS.ReadableStream,
  limit: number,
  onMore?: () => void,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      if (length <= limit) chunks.push(chunk)
      length += chunk.length
      if (length > limit) onMore?.()
    })
    stream.once('close', () => {
      resolve(Buffer.concat(chunks).subarray(0, limit + 1))
    })
    stream.once('error', () => undefined)
  })
}

function decode(bytes: Buffer, command: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SecretError('malformed', `${command} printed a value that is no UTF-8`)
  }
}
