import { createHash, type KeyObject } from 'node:crypto'
import { requireFormat } from '@rekey/secret/internal'
import { Secret, SecretError } from '@rekey/secret'
import { bech32m } from '@scure/base'
import { deriveSigningKey, verifierOf } from './derived-key.ts'

/** One share of an escrow, as its custodian keeps it. */
export interface EscrowShare {
  /** Names the set of shares, 16 hexadecimal digits. */
  readonly set: string
  readonly threshold: number
  readonly count: number
  /** Counts the shares of the set, from 1 on. */
  readonly index: number
  /** The start of the SHA-256 of the public key of the CA, 32 hexadecimal digits. */
  readonly spki: string
  /** The custodian. */
  readonly holder: string
  /** 32 bytes, and the coordinate that they are for. */
  readonly bytes: Uint8Array
}

/** The text of a share: one {@link EscrowShare}, and what its set commits to. */
export interface ReadShare extends EscrowShare {
  /** SHA-256 of everything in the share, hexadecimal. */
  readonly commitment: string
  /** Ed25519 key that is derived from the share. */
  readonly key: KeyObject
}

const VERSION = 1
const PREFIX = 'rk'
const [SET_BYTES, SPKI_BYTES, SHARE_BYTES, TAG_BYTES] = [8, 16, 33, 3]
/** With its number and the tag of the share 16 bytes, which bech32m writes in 35 characters: short enough to type. */
const LINE_BYTES = 12
const FIXED_BYTES = 1 + SET_BYTES + 3 + SPKI_BYTES + SHARE_BYTES
const MAX_LINES = 15
const MAX_CHARS = 2_000
/** The most bytes of the name of a custodian. */
export const MAX_HOLDER_BYTES = 60

/**
 * Writes a share as lines of bech32m (BIP 350). Each has a checksum, its number and a tag of the share, so that a mistyped line is named.
 *
 * @returns the text, the commitment of the set to it, and the public half of its key
 */
export function encodeShare(share: EscrowShare) {
  const { set, threshold, count, index, spki, holder, bytes } = share
  const payload = Buffer.concat([
    Buffer.of(VERSION),
    Buffer.from(set, 'hex'),
    Buffer.of(threshold, count, index),
    Buffer.from(spki, 'hex'),
    bytes,
    Buffer.from(holder),
  ])
  const total = Math.ceil(payload.length / LINE_BYTES)
  const lines = Array.from({ length: total }, (_, at) => {
    const chunk = payload.subarray(at * LINE_BYTES, (at + 1) * LINE_BYTES)
    const line = Buffer.concat([Buffer.of((at << 4) | total), tagOf(payload), chunk])
    const text = bech32m.encodeFromBytes(PREFIX, line)
    return text.match(/.{1,5}/g)?.join(' ') ?? ''
  })
  const text = Secret.of(lines.join('\n'), 'share')
  const [commitment, verifier] = [commitmentOf(payload), verifierOf(keyOf(payload))]
  payload.fill(0)
  return { text, commitment, verifier }
}

/**
 * Reads the text of a share, in capitals or small letters, with or without blanks.
 *
 * @param name of the share in errors, such as the name of its file
 * @throws {SecretError} `malformed`, with the number of the `line` that is mistyped, missing or of another share
 */
export function readShare(text: Secret, name: string): ReadShare {
  const exposed = text.expose()
  const lines = exposed.split('\n').map((line) => line.replaceAll(/\s/g, ''))
  const full = lines.filter((line) => line !== '')
  if (exposed.length > MAX_CHARS || full.length > MAX_LINES || full.length === 0) {
    throw malformed(name, 'is not the text of a share')
  }
  const read = full.map((line, at) => readLine(line, at, name))
  const [first] = read
  read.forEach((line, at) => {
    if (line.number !== at) throw malformed(name, `has line ${line.number + 1} there`, at + 1)
    const isOfFirst = line.tag === first?.tag && line.total === first.total
    if (!isOfFirst) throw malformed(name, 'is of another share', at + 1)
  })
  if (first?.total !== read.length) throw malformed(name, 'is missing', read.length + 1)
  const payload = Buffer.concat(read.map(({ chunk }) => chunk))
  if (tagOf(payload).toString('hex') !== first.tag) throw malformed(name, 'has a wrong checksum')
  return decode(payload, name)
}

function readLine(text: string, at: number, name: string) {
  // What the other functions of bech32m throw has the line in it.
  const decoded = bech32m.decodeUnsafe(text.toLowerCase())
  const bytes = decoded?.prefix === PREFIX ? bech32m.fromWordsUnsafe(decoded.words) : undefined
  if (!(bytes instanceof Uint8Array) || bytes.length <= 1 + TAG_BYTES) {
    throw malformed(name, 'is mistyped', at + 1)
  }
  const line = Buffer.from(bytes)
  bytes.fill(0)
  const [head = 0] = line
  return {
    number: head >> 4,
    total: head & 15,
    tag: line.subarray(1, 1 + TAG_BYTES).toString('hex'),
    chunk: line.subarray(1 + TAG_BYTES),
  }
}

function decode(payload: Buffer, name: string): ReadShare {
  requireFormat('share', payload[0], name)
  if (payload[0] !== VERSION || payload.length <= FIXED_BYTES) {
    throw malformed(name, 'is of an unknown version')
  }
  let at = 1
  const take = (length: number) => payload.subarray(at, (at += length))
  const set = take(SET_BYTES).toString('hex')
  const [threshold = 0, count = 0, index = 0] = take(3)
  const spki = take(SPKI_BYTES).toString('hex')
  const bytes = Uint8Array.from(take(SHARE_BYTES))
  const holder = payload.subarray(at).toString()
  const [commitment, key] = [commitmentOf(payload), keyOf(payload)]
  payload.fill(0)
  return { set, threshold, count, index, spki, holder, bytes, commitment, key }
}

function tagOf(payload: Buffer): Buffer {
  return digestOf('rekey escrow share tag v1\n', payload).subarray(0, TAG_BYTES)
}

function commitmentOf(payload: Buffer): string {
  return digestOf('rekey escrow share v1\n', payload).toString('hex')
}

function keyOf(payload: Buffer): KeyObject {
  return deriveSigningKey(payload, 'rekey escrow share v1: verifier')
}

function digestOf(context: string, payload: Buffer): Buffer {
  return createHash('sha256').update(context).update(payload).digest()
}

function malformed(name: string, problem: string, line?: number): SecretError {
  const where = line === undefined ? `share ${name}` : `line ${line} of share ${name}`
  const details = { reason: 'share', share: name, ...(line !== undefined && { line }) }
  const message = `${where} ${problem}; compare it with the sheet of the custodian`
  return new SecretError('malformed', message, details)
}
