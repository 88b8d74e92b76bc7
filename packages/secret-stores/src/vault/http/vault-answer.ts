import { Secret } from '@rekey/secret'

/** The answer of Vault to a request that it carried out, without any of its texts. */
export interface VaultAnswer {
  /** 200, 202 or 204. */
  readonly status: number
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly auth?: VaultAuth
  readonly wrapInfo?: VaultWrapInfo
  /** Absent where there is no lease. */
  readonly leaseId?: string
  readonly leaseDurationMs?: number
  readonly renewable?: boolean
  readonly warningCount: number
  /** Whether a warning reports that a TTL was cut to the rest of the maximum TTL. */
  readonly capped: boolean
}

/** A login's token. */
export interface VaultAuth {
  readonly clientToken: Secret
  readonly accessor: string
  /** 0 for a token that does not expire. */
  readonly leaseDurationMs: number
  readonly renewable: boolean
  readonly tokenType: string
  readonly policies: readonly string[]
  /** 0 for any number. */
  readonly numUses: number
}

/** The envelope of a wrapped answer. */
export interface VaultWrapInfo {
  readonly token: Secret
  readonly accessor: string
  readonly ttlMs: number
  readonly creationTime: string
  readonly creationPath: string
}

/** A JSON object of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The object that `text` is; `undefined` if it is none. Nothing is an object without fields. */
export function readJsonObject(text: string): JsonObject | undefined {
  if (text === '') return {}
  try {
    return objectOf(JSON.parse(text))
  } catch (error) {
    // The parser's message quotes the text.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** `value` if it is an object. */
export function objectOf(value: unknown): JsonObject | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as JsonObject) : undefined
}

/** The texts of a list, such as `errors` and `warnings`. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/**
 * Reads a successful answer. The few answers that come without Vault's envelope, such as `sys/health`, are `data` as a
 * whole.
 */
export function readAnswer(status: number, body: JsonObject): VaultAnswer {
  const auth = objectOf(body['auth'])
  const wrapInfo = objectOf(body['wrap_info'])
  const leaseId = textOf(body['lease_id'])
  const warnings = textsOf(body['warnings'])
  const hasEnvelope = 'request_id' in body || status === 204
  return {
    status,
    data: hasEnvelope ? objectOf(body['data']) : body,
    ...(auth && { auth: readAuth(auth) }),
    ...(wrapInfo && { wrapInfo: readWrapInfo(wrapInfo) }),
    ...(leaseId !== '' && { leaseId }),
    ...('lease_duration' in body && { leaseDurationMs: ttlFromSeconds(body['lease_duration']) }),
    ...('renewable' in body && { renewable: body['renewable'] === true }),
    warningCount: warnings.length,
    capped: warnings.some((warning) => warning.includes('capped')),
  }
}

function readAuth(auth: JsonObject): VaultAuth {
  return {
    clientToken: Secret.of(textOf(auth['client_token']), 'VAULT_TOKEN'),
    accessor: textOf(auth['accessor']),
    leaseDurationMs: ttlFromSeconds(auth['lease_duration']),
    renewable: auth['renewable'] === true,
    tokenType: textOf(auth['token_type']),
    policies: textsOf(auth['policies']),
    numUses: Number(auth['num_uses'] ?? 0),
  }
}

function readWrapInfo(info: JsonObject): VaultWrapInfo {
  return {
    token: Secret.of(textOf(info['token']), 'VAULT_WRAPPING_TOKEN'),
    accessor: textOf(info['accessor']),
    ttlMs: ttlFromSeconds(info['ttl']),
    creationTime: textOf(info['creation_time']),
    creationPath: textOf(info['creation_path']),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Longer terms are cut to this, so that no date that follows from one is invalid. */
const LONGEST_TTL_MS = 100 * 365 * 24 * 3_600_000

/**
 * A term of Vault in milliseconds. Vault counts seconds; servers and proxies have sent them as text, null or less than
 * nothing.
 *
 * @returns 0 for whatever is not a positive number, at most 100 years
 */
export function ttlFromSeconds(seconds: unknown): number {
  const value = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds
  if (typeof value !== 'number' || !(value > 0)) return 0
  return Math.min(value * 1_000, LONGEST_TTL_MS)
}
