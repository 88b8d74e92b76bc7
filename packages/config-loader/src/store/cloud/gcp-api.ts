import { SecretError } from '@rekey/secret'
import {
  type CloudRequest,
  failure,
  type Json,
  type Meaning,
  objectIn,
  strangeAnswer,
} from './cloud-request.ts'

/** The parts of a secret that the store uses. */
export interface GcpSecret {
  readonly etag: string
  readonly createTime: string
  /** The numbers of versions by their aliases. */
  readonly versionAliases: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The operations of Secret Manager that the store needs. All throw only `SecretError`. */
export type GcpApi = ReturnType<typeof createGcpApi>

const ABSENT: Meaning = ['missing', 'absent', 'there is none']
const CHANGED: Meaning = ['conflict', 'changed', 'it has changed since it was read: read it again']
const DAMAGED: Meaning = ['unreachable', 'damaged', 'its checksum is wrong: try again']
const MAX_BYTES = 65_536

/**
 * Creates the operations of version 1.
 *
 * @see https://cloud.google.com/secret-manager/docs/reference/rest
 */
export function createGcpApi({
  base,
  parent,
  ask,
}: {
  readonly base: URL
  /** `projects/PROJECT` */
  readonly parent: string
  readonly ask: (request: CloudRequest) => Promise<Json>
}) {
  const request = (what: string, id: string, rest: string) => ({
    what: `${what} ${id} of Secret Manager`,
    url: new URL(`/v1/${parent}/secrets${rest}`, base),
  })
  return {
    /** Nothing for a secret that does not exist. */
    async get(id: string): Promise<GcpSecret | undefined> {
      const asked = request('reading', id, `/${id}`)
      const answer = ask({ ...asked, codes: { NOT_FOUND: ABSENT } })
      const body = await unlessAbsent(answer)
      return body && secretIn(body, asked.what)
    },
    /** The value of a version; nothing if it is disabled or destroyed. @throws {SecretError} `malformed` if it is no text */
    async access(id: string, number: string): Promise<string | undefined> {
      const asked = request('reading', id, `/${id}/versions/${number}:access`)
      const codes = { NOT_FOUND: ABSENT, FAILED_PRECONDITION: ABSENT }
      const body = await unlessAbsent(ask({ ...asked, codes }))
      if (body === undefined) return undefined
      return valueIn(body, asked.what)
    },
    /** @throws {SecretError} `conflict` if it exists */
    async create(id: string): Promise<GcpSecret> {
      const asked = request('creating', id, `?secretId=${id}`)
      const codes = { ALREADY_EXISTS: CHANGED }
      const body = await ask({ ...asked, codes, body: { replication: { automatic: {} } } })
      return secretIn(body, asked.what)
    },
    /** Returns its number. The service compares the checksum. */
    async addVersion(id: string, value: string): Promise<string> {
      const bytes = Buffer.from(value)
      if (bytes.length > MAX_BYTES) {
        const message = `a value in Secret Manager has ${MAX_BYTES} bytes at most: ${id} needs a shorter one`
        throw new SecretError('refused', message)
      }
      const asked = request('adding a version to', id, `/${id}:addVersion`)
      const payload = { data: bytes.toString('base64'), dataCrc32c: String(crc32c(bytes)) }
      const { name } = await ask({ ...asked, body: { payload } })
      const number = /\/versions\/(\d+)$/.exec(String(name))?.[1]
      if (number === undefined) throw strangeAnswer(asked.what)
      return number
    },
    /** Writes aliases and annotations. @throws {SecretError} `conflict` if the secret has another `etag` by now */
    async patch(id: string, { etag, versionAliases, annotations }: GcpSecret): Promise<void> {
      const asked = request('changing', id, `/${id}?updateMask=version_aliases,annotations`)
      const codes = { FAILED_PRECONDITION: CHANGED, ABORTED: CHANGED }
      await ask({ ...asked, method: 'PATCH', codes, body: { etag, versionAliases, annotations } })
    },
    /** Destroys what no alias names. If it fails, the version stays, and is never read. */
    async destroy(id: string, number: string): Promise<void> {
      const asked = request('destroying a version of', id, `/${id}/versions/${number}:destroy`)
      await ask({ ...asked, body: {} }).catch(() => undefined)
    },
  }
}

async function unlessAbsent(answer: Promise<Json>): Promise<Json | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof SecretError && error.code === 'missing') return undefined
    throw error
  })
}

/** Without an `etag` a change would overwrite another one. */
function secretIn(body: Json, what: string): GcpSecret {
  const { etag, createTime } = body
  if (typeof etag !== 'string' || etag === '') throw strangeAnswer(what)
  return {
    ...{ etag, createTime: String(createTime) },
    versionAliases: textsIn(body['versionAliases']),
    annotations: textsIn(body['annotations']),
  }
}

/** Numbers of 64 bits are texts in JSON. */
function textsIn(value: unknown): Record<string, string> {
  const entries = Object.entries(objectIn(value) ?? {})
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]))
}

function valueIn(body: Json, what: string): string {
  const { data, dataCrc32c } = objectIn(body['payload']) ?? {}
  if (typeof data !== 'string') throw strangeAnswer(what)
  const bytes = Buffer.from(data, 'base64')
  if (String(dataCrc32c) !== String(crc32c(bytes))) throw failure(DAMAGED, what)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SecretError('malformed', `${what} failed, it is no UTF-8 text: replace it`)
  }
}

/** The polynomial of Castagnoli, reversed (RFC 3720, appendix B.4). */
const CASTAGNOLI = 0x82_f6_3b_78

/** The checksum that Secret Manager uses. */
function crc32c(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI : 0)
  }
  return ~crc >>> 0
}
