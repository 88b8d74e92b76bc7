import { jsonIn, limitedText, SecretError, within } from '@rekey/secret'
import type { MerkleTree } from './merkle-tree.ts'
import { decodeBase64 } from './note-key.ts'

/** Reads a log over HTTP. Nothing that it returns is verified. */
export interface LogClient extends Pick<MerkleTree, 'inclusionProof' | 'consistencyProof'> {
  /**
   * Reads the newest checkpoint.
   *
   * @throws {SecretError} `unreachable`, `forbidden`, `missing`, `malformed`
   */
  checkpoint(): Promise<string>
  /**
   * Reads entries from `start` on, in their order.
   *
   * @returns perhaps fewer than `count`, none at the end
   * @throws {SecretError} as {@link LogClient.checkpoint}
   */
  entries(of: { readonly start: number; readonly count: number }): Promise<LogClientEntry[]>
}

/** An entry as a log answers it. */
export interface LogClientEntry {
  readonly index: number
  readonly entry: Uint8Array
}

/** Where a log answers, and how it is called. */
export interface LogAddress {
  /** The base URL of the log. */
  readonly url: string
  /** Authenticates the log and, where it asks for that, the caller. */
  readonly fetch: typeof fetch
  /** For each answer; default 8,000. */
  readonly limitMs?: number
}

/**
 * Creates a client for a log that answers `GET /checkpoint`, `/entries/N?count=`, `/proof/inclusion?index=&size=` and `/proof/consistency?before=&size=`.
 *
 * @example
 * ```ts
 * const client = createLogClient({ url: 'https://ct.example.com', fetch })
 * const note = await client.checkpoint()
 * ```
 */
export function createLogClient(address: LogAddress): LogClient {
  const proof = async (path: string, of: Readonly<Record<string, number>>) => {
    const query = Object.entries(of).map(([key, number]) => `${key}=${number}`)
    return parseList(await get(address, `${path}?${query.join('&')}`), 'proof')
  }
  return {
    checkpoint: () => get(address, '/checkpoint'),
    async entries({ start, count }) {
      const text = await get(address, `/entries/${start}?count=${count}`).catch(ifMissing)
      const entries = text === undefined ? [] : parseList(text, 'entries')
      return entries.slice(0, count).map((entry, at) => ({ index: start + at, entry }))
    },
    inclusionProof: ({ index, size }) => proof('/proof/inclusion', { index, size }),
    consistencyProof: ({ before, size }) => proof('/proof/consistency', { before, size }),
  }
}

/**
 * Decodes the hashes of a proof, each in base64.
 *
 * @throws {SecretError} `malformed` for what is no list of them
 */
export function decodeProof(hashes: unknown): Uint8Array[] {
  const decoded = Array.isArray(hashes)
    ? hashes.map((hash) => (typeof hash === 'string' ? decodeBase64(hash) : undefined))
    : [undefined]
  return decoded.map((hash) => {
    if (hash !== undefined) return Uint8Array.from(hash)
    throw new SecretError('malformed', 'the log did not answer with a list of base64: report it')
  })
}

/** Encodes the hashes of a proof as the answers of a log have them, each in base64. */
export function encodeProof(hashes: readonly Uint8Array[]): string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('base64'))
}

function parseList(text: string, name: string): Uint8Array[] {
  const answer = jsonIn(text)
  const isObject = typeof answer === 'object' && answer !== null
  return decodeProof(isObject ? (answer as Record<string, unknown>)[name] : undefined)
}

function ifMissing(error: unknown): undefined {
  if (!(error instanceof SecretError && error.code === 'missing')) throw error
}

const CODES: Readonly<Record<number, SecretError['code']>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'missing',
}

async function get({ url, fetch, limitMs = 8_000 }: LogAddress, path: string): Promise<string> {
  const limit = { what: 'an answer of the log', limitMs }
  const { status, text } = await within(limit, async (signal) => {
    const response = await fetch(new URL(path, url), { signal })
    return { status: response.status, text: await limitedText(response) }
  }).catch((error: unknown) => {
    if (error instanceof SecretError) throw error
    throw new SecretError('unreachable', 'the log does not answer: check that it is up')
  })
  if (status === 200) return text
  const message = `the log answered ${path.split('?')[0] ?? path} with ${status}: look in its own log for the reason`
  throw new SecretError(CODES[status] ?? 'unreachable', message, { status })
}
