import { openSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { Secret, SecretError } from '@rekey/secret'
import { type CliContext, StoppedError } from '@rekey/rekey/internal/command'

/** As many as a passphrase file may have. */
const MAX_BYTES = 4096

/** Bytes of a terminal in raw mode: Ctrl-C, Ctrl-D, line ends, two kinds of backspace, Ctrl-U. */
const KEYS = { cancel: [0x03], end: [0x04, 0x0a, 0x0d], back: [0x08, 0x7f], clear: [0x15] } as const

interface AskingOptions extends Pick<CliContext, 'signal' | 'pause'> {
  /** The flag that asks for it. */
  readonly flag: string
}

/**
 * Asks for a passphrase on the terminal of this process, whatever its input and output are, and does not show what is typed. The terminal
 * is as before when it returns or throws, also after Ctrl-C.
 *
 * @throws {SecretError} `refused` without a terminal; `malformed` for more than 4,096 bytes
 * @throws the reason of `signal` once it is aborted; {@link StoppedError} after Ctrl-C
 */
export async function askTerminal(
  question: string,
  { flag, signal, pause }: AskingOptions,
): Promise<Secret<Uint8Array>> {
  const fd = openTerminal(flag)
  const memory = Buffer.allocUnsafeSlow(MAX_BYTES)
  const terminal = new ReadStream(fd)
  const resume = pause?.()
  try {
    // Raw: the terminal shows nothing, and Ctrl-C is a byte.
    terminal.setRawMode(true)
    writeSync(fd, question)
    const length = await readLine(terminal, memory, signal)
    return Secret.of<Uint8Array>(memory.subarray(0, length), `the passphrase of ${flag}`)
  } catch (error) {
    memory.fill(0)
    throw error
  } finally {
    terminal.setRawMode(false)
    writeSync(fd, '\n')
    terminal.destroy()
    resume?.()
  }
}

function openTerminal(flag: string): number {
  try {
    return openSync('/dev/tty', 'r+')
  } catch {
    throw noTerminal(flag)
  }
}

/** Reads up to the end of a line into `memory`, and wipes what the terminal handed over. @returns how many bytes */
function readLine(terminal: ReadStream, memory: Buffer, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const line = new Line(memory)
    const stop = () => {
      reject(signal.reason as Error)
    }
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    terminal.on('error', () => {
      reject(noAnswer())
    })
    terminal.on('end', () => {
      reject(noAnswer())
    })
    terminal.on('data', (chunk: Buffer) => {
      try {
        const end = chunk.findIndex((byte) => line.type(byte))
        if (end !== -1) resolve(line.length)
      } catch (error) {
        reject(error instanceof Error ? error : noAnswer())
      } finally {
        chunk.fill(0)
      }
    })
  })
}

/** A line that is being typed. */
class Line {
  readonly #memory: Buffer
  length = 0

  constructor(memory: Buffer) {
    this.#memory = memory
  }

  /** @returns whether the line is complete @throws {StoppedError} for Ctrl-C, or a line that is too long */
  type(byte: number): boolean {
    if (is(KEYS.cancel, byte)) throw new StoppedError('stopped by Ctrl-C: nothing was done')
    if (is(KEYS.end, byte)) return true
    if (is(KEYS.clear, byte)) this.length = 0
    else if (is(KEYS.back, byte)) this.#removeOne()
    else if (this.length < this.#memory.length) this.#memory[this.length++] = byte
    else throw tooLong()
    return false
  }

  /** A character is a byte and the continuation bytes after it (RFC 3629). */
  #removeOne(): void {
    const isContinuation = () => ((this.#memory[this.length] ?? 0) & 0xc0) === 0x80
    do this.length = Math.max(0, this.length - 1)
    while (this.length > 0 && isContinuation())
  }
}

function is(keys: readonly number[], byte: number): boolean {
  return keys.includes(byte)
}

function noTerminal(flag: string): SecretError {
  const message =
    `there is no terminal to ask for the passphrase of ${flag}; name a file of mode 0600 (${flag} FILE), or an open descriptor ` +
    `(${flag} fd:3 3< FILE)`
  return new SecretError('refused', message, { reason: 'no-terminal' })
}

function noAnswer(): SecretError {
  return new SecretError('missing', 'the terminal was closed before a passphrase was typed')
}

function tooLong(): SecretError {
  return new SecretError('malformed', `more than ${MAX_BYTES} bytes were typed; try again`)
}
