import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Clock, limitedText, parseSecureUrl, SecretError, within } from '@rekey/secret'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import { z } from 'zod'

/** The public keys of a scanner, by identifier. */
export interface WebhookKeys {
  /**
   * Finds a key; where they come from a URL, an unknown identifier has them read anew, once a minute at most.
   *
   * @throws {SecretError} `unreachable` or `malformed` if they cannot be read then
   */
  find(identifier: string): Promise<KeyObject | undefined>
}

/** Where the keys are read. */
export interface WebhookKeyOptions {
  /** A file or an https URL with the document of GitHub's `/meta/public_keys/secret_scanning`. */
  readonly from: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

const REFRESH_MS = 60_000
const LIMIT_MS = 10_000

const keyDocument = z.object({
  public_keys: z
    .array(z.object({ key_identifier: z.string().min(1), key: z.string().min(1) }))
    .min(1)
    .max(100),
})

/**
 * Reads the keys by which a scanner signs.
 *
 * @throws {SecretError} `malformed` if a key is not one of ECDSA P-256; `missing`, `forbidden`, `unreachable`
 */
export async function openWebhookKeys(options: WebhookKeyOptions): Promise<WebhookKeys> {
  const { from, clock } = options
  const isUrl = /^https?:/i.test(from)
  let keys = parseKeys(await readText(options, isUrl), from)
  let readAt = clock.elapsed()
  return {
    async find(identifier) {
      const isFresh = clock.elapsed() - readAt < REFRESH_MS
      if (keys.has(identifier) || !isUrl || isFresh) return keys.get(identifier)
      readAt = clock.elapsed()
      keys = parseKeys(await readText(options, isUrl), from)
      return keys.get(identifier)
    },
  }
}

async function readText({ from, signal }: WebhookKeyOptions, isUrl: boolean): Promise<string> {
  if (!isUrl) {
    return readRegularFile(from).catch((error: unknown) => {
      throw fileError(error, from)
    })
  }
  const url = parseSecureUrl(from, '--keys')
  try {
    return await within(
      { what: 'the keys of the scanner', limitMs: LIMIT_MS, signal },
      async (limited) => {
        const response = await fetch(url, { signal: limited, redirect: 'error' })
        if (!response.ok) throw new Error(String(response.status))
        return limitedText(response)
      },
    )
  } catch {
    signal.throwIfAborted()
    throw new SecretError(
      'unreachable',
      `${url.host} does not give its keys: keep them in a file`,
      {
        host: url.host,
      },
    )
  }
}

function parseKeys(text: string, from: string): ReadonlyMap<string, KeyObject> {
  try {
    const { public_keys: listed } = keyDocument.parse(JSON.parse(text))
    return new Map(listed.map(({ key_identifier: id, key }) => [id, parseKey(key)]))
  } catch {
    const message = `${from} is no list of ECDSA P-256 keys: save https://api.github.com/meta/public_keys/secret_scanning`
    throw new SecretError('malformed', message, { from })
  }
}

function parseKey(pem: string): KeyObject {
  const key = createPublicKey(pem)
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw new TypeError('another kind of key')
}
