import { read, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { liveVersions } from '@rekey/secret/internal'
import { jsonIn, Secret, SecretError, type StagedSecret } from '@rekey/secret'
import { emptyCoreDumps } from './debug-doors.ts'
import { errorOf, failureMessage, passphrasesSchema } from './messages.ts'

/** The descriptor over which an unlocking process sends the passphrase. */
const CHANNEL = 3
/** Three passphrases of 1,024 bytes, and their origins. */
const MAX_BYTES = 32 * 1024
const LENGTH_BYTES = 4

/**
 * Reads the passphrase of a CA and sends it to the signer process that `CaSigner.unseal` has started, over descriptor 3. It is the
 * whole work of an unlocking process, which must end after it: a string that held a passphrase cannot be wiped, and this process
 * had one.
 *
 * @param load reads the passphrase; the code, message and details of its `SecretError` are sent instead
 * @example
 * ```ts
 * await sendPassphrase(() => readSecret(definition, 'ca', { env: process.env }))
 * ```
 */
export async function sendPassphrase(load: () => Promise<StagedSecret>): Promise<void> {
  emptyCoreDumps()
  const message = await encode(load).catch((error: unknown) =>
    withHeader({ failure: failureMessage(error) }, []),
  )
  for (let sent = 0; sent < message.length;) sent += writeSync(CHANNEL, message, sent)
  message.fill(0)
}

async function encode(load: () => Promise<StagedSecret>): Promise<Buffer> {
  const versions = liveVersions(await load())
  const values = versions.map(({ value }) => Buffer.from(value.expose()))
  const header = versions.map(({ stage, version, createdAt, origin }, at) => ({
    stage,
    version,
    createdAt,
    origin,
    bytes: values[at]?.length,
  }))
  return withHeader({ versions: header }, values)
}

function withHeader(header: object, values: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json, ...values])
}

const readBytes = promisify(read)

/**
 * Receives what {@link sendPassphrase} sends, until the other end is closed, into memory that is outside of the pools of Node.js and
 * that the caller can wipe as a whole.
 *
 * @throws {SecretError} the error of the unlocking process; `unreachable` if it sent nothing whole
 */
export async function receivePassphrase(fd: number) {
  const memory = Buffer.allocUnsafeSlow(MAX_BYTES)
  let length = 0
  for (;;) {
    const { bytesRead } = await readBytes(fd, memory, length, memory.length - length, null)
    if (bytesRead === 0) break
    length += bytesRead
  }
  const wipe = () => memory.fill(0)
  try {
    return { ...decode(memory.subarray(0, length)), wipe }
  } catch (error) {
    wipe()
    throw error
  }
}

function decode(message: Buffer) {
  const headerEnd = message.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + message.readUInt32BE()
  if (headerEnd > message.length) throw cut()
  const header = passphrasesSchema.safeParse(
    jsonIn(message.toString('utf8', LENGTH_BYTES, headerEnd)),
  )
  if (!header.success) throw cut()
  if ('failure' in header.data) throw errorOf(header.data.failure)
  let at = headerEnd
  const versions = header.data.versions.map(({ bytes, ...version }) => {
    const value = Secret.of<Uint8Array>(message.subarray(at, at + bytes), 'CA passphrase')
    at += bytes
    return { ...version, value }
  })
  if (at !== message.length) throw cut()
  return { versions }
}

function cut(): SecretError {
  const message =
    'the process that reads the CA passphrase ended without sending it; look at what it printed, and whether its store can be reached'
  return new SecretError('unreachable', message, { reason: 'unlock' })
}
