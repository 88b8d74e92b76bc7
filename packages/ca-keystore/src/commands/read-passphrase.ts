import { isUtf8 } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import { constants, fstat, read } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isatty } from 'node:tty'
import { promisify } from 'node:util'
import type { PassphraseVersion } from '../keystore-files.ts'
import { Secret, SecretError } from '@rekey/secret'
import type { SecretOrigin } from '@rekey/secret/internal'
import { fileError } from '@rekey/secret/internal/files'
import { askTerminal } from './ask-terminal.ts'
import type { CliContext } from '@rekey/rekey/internal/command'

/** A passphrase as bytes, which its disposal wipes. */
export interface ReadPassphrase extends PassphraseVersion, Disposable {
  readonly value: Secret<Uint8Array>
}

/** The part of the context that reading a passphrase needs. */
type ReadingContext = Pick<CliContext, 'cwd' | 'signal' | 'pause'>

const MAX_BYTES = 4096
const OTHERS_ANY = 0o077n
const DESCRIPTOR = /^fd:(\d{1,5})$/
const [NEWLINE, RETURN] = [0x0a, 0x0d]

/**
 * Reads a passphrase, or the PIN of a token, that a flag names: `-` asks for it on the terminal, `fd:3` reads a descriptor that is open,
 * anything else is a file that only its owner can use. It is never a string. One newline at its end is not part of it.
 *
 * @param named the value of the flag; in no error, because a passphrase may stand there by mistake
 * @throws {SecretError} `missing`, `forbidden`, `refused` for a file that others can read, or without a terminal, `malformed`, `unreachable`
 */
export async function readPassphrase(
  named: string,
  flag: string,
  context: ReadingContext,
): Promise<ReadPassphrase> {
  if (named === '-') return asked(flag, context)
  const descriptor = DESCRIPTOR.exec(named)?.[1]
  if (descriptor !== undefined) return readDescriptor(Number(descriptor), flag)
  return readFile(resolve(context.cwd, named), `the file of ${flag}`)
}

/**
 * Reads a new passphrase, as {@link readPassphrase} does; one that is typed is typed twice.
 *
 * @throws {SecretError} as {@link readPassphrase}; `malformed` if the two differ
 */
export async function readNewPassphrase(
  named: string,
  flag: string,
  context: ReadingContext,
): Promise<ReadPassphrase> {
  const first = await readPassphrase(named, flag, context)
  if (named !== '-') return first
  using second = await askTerminal('The same again: ', { ...context, flag })
  const [a, b] = [first.value.expose(), second.expose()]
  if (a.length === b.length && timingSafeEqual(a, b)) return first
  first[Symbol.dispose]()
  throw malformed('the two passphrases that were typed differ; try again')
}

async function asked(flag: string, context: ReadingContext): Promise<ReadPassphrase> {
  const question = `Passphrase (${flag}): `
  return versionOf(await askTerminal(question, { ...context, flag }), { kind: 'memory' })
}

async function readFile(path: string, called: string): Promise<ReadPassphrase> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat({ bigint: true })
    if (!stat.isFile()) throw malformed(`${called} is no small file; name another`)
    if ((stat.mode & OTHERS_ANY) !== 0n) throw readable(called)
    return versionOf(await readAll(file.fd, called), originOf(path, stat))
  } catch (error) {
    throw fileError(error, called)
  }
}

async function readDescriptor(fd: number, flag: string): Promise<ReadPassphrase> {
  const called = `descriptor ${fd} of ${flag}`
  if (isatty(fd))
    throw malformed(`${called} is a terminal, which shows what is typed; use ${flag} -`)
  try {
    const stat = await promisify(fstat)(fd, { bigint: true })
    const value = await readAll(fd, called)
    return versionOf(value, stat.isFile() ? originOf(`/dev/fd/${fd}`, stat) : { kind: 'memory' })
  } catch (error) {
    throw fileError(error, called)
  }
}

function originOf(path: string, { dev, ino }: { dev: bigint; ino: bigint }): SecretOrigin {
  return { kind: 'file', path, device: dev.toString(), inode: ino.toString() }
}

const readBytes = promisify(read)

/** Reads to the end, into memory that is outside of the pools of Node.js. */
async function readAll(fd: number, called: string): Promise<Secret<Uint8Array>> {
  const memory = Buffer.allocUnsafeSlow(MAX_BYTES + 1)
  try {
    let length = 0
    for (;;) {
      const { bytesRead } = await readBytes(fd, memory, length, memory.length - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    if (length > MAX_BYTES) throw malformed(`${called} is no small file; name another`)
    if (!isUtf8(memory.subarray(0, length))) {
      throw malformed(`${called} is not UTF-8; save it as UTF-8`)
    }
    return Secret.of<Uint8Array>(memory.subarray(0, lineEnd(memory, length)), called)
  } catch (error) {
    memory.fill(0)
    throw error
  }
}

function lineEnd(memory: Buffer, length: number): number {
  if (length === 0 || memory[length - 1] !== NEWLINE) return length
  return length > 1 && memory[length - 2] === RETURN ? length - 2 : length - 1
}

function versionOf(value: Secret<Uint8Array>, origin: SecretOrigin): ReadPassphrase {
  return {
    value,
    origin,
    [Symbol.dispose]() {
      value[Symbol.dispose]()
    },
  }
}

function malformed(message: string): SecretError {
  return new SecretError('malformed', message)
}

function readable(called: string): SecretError {
  const message = `${called} can be used by its group or by every user; chmod it to 0600, and replace the passphrase if others had access`
  return new SecretError('refused', message, { reason: 'unsafe-file' })
}
