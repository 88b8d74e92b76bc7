import { type ErrorDetails, type SecretErrorCode } from '@rekey/secret/internal'
import { jsonIn, Secret, SecretError } from '@rekey/secret'

/** The answer of Vault to a request that it carried out, without any of its texts. */
export interface VaultAnswer {
  /** 200, 202 or 204. */
  readonly status: number
  readonly data: Readonly<Record<string, unknown>> | undefined
  /** Present after a login. */
  readonly auth?: VaultLogin
  /** Present if the answer was asked for wrapped. */
  readonly wrapInfo?: { readonly token: Secret }
  /** Absent where there is no lease. */
  readonly leaseId?: string
  readonly leaseDurationMs?: number
  readonly renewable?: boolean
}

/** A token, with its properties. */
export interface VaultLogin {
  readonly token: Secret
  /** Milliseconds; 0 for a token that does not expire. */
  readonly ttlMs: number
  readonly renewable: boolean
  /** A batch token can neither be renewed nor revoked. */
  readonly batch: boolean
  readonly policies: readonly string[]
  /** How many requests it is good for; Infinity for any number. */
  readonly uses: number
}

/** A JSON object of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The object that `text` is; `undefined` if it is none. Nothing is an object without fields. */
export function readJsonObject(text: string): JsonObject | undefined {
  return text === '' ? {} : objectOf(jsonIn(text))
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
  const hasEnvelope = 'request_id' in body || status === 204
  return {
    status,
    data: hasEnvelope ? objectOf(body['data']) : body,
    ...(auth && { auth: readAuth(auth) }),
    ...(wrapInfo && { wrapInfo: { token: tokenIn(wrapInfo['token'], 'VAULT_WRAPPING_TOKEN') } }),
    ...(leaseId !== '' && { leaseId }),
    ...('lease_duration' in body && { leaseDurationMs: ttlFromSeconds(body['lease_duration']) }),
    ...('renewable' in body && { renewable: body['renewable'] === true }),
  }
}

function readAuth(auth: JsonObject): VaultLogin {
  const { client_token: token, lease_duration: ttl, token_type: type } = auth
  return readLogin(tokenIn(token, 'VAULT_TOKEN'), { ...auth, ttl, type })
}

/** Reads what Vault knows of a token, in the fields of `auth/token/lookup-self`. */
export function readLogin(token: Secret, about: JsonObject): VaultLogin {
  const { ttl, renewable, type, policies, num_uses: limit } = about
  const batch = type === 'batch'
  const uses = Number(limit ?? 0)
  return {
    token,
    ttlMs: ttlFromSeconds(ttl),
    renewable: renewable === true && !batch,
    batch,
    policies: textsOf(policies),
    uses: uses > 0 ? uses : Infinity,
  }
}

function tokenIn(text: unknown, label: string): Secret {
  return Secret.of(textOf(text), label)
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

type Meaning = readonly [code: SecretErrorCode, meaning: string]

/** The failures, by the name in `details.reason`. */
const MEANINGS = {
  absent: ['missing', 'Vault holds nothing there: create it, or correct the name'],
  deleted: ['missing', 'its version was deleted in Vault: undelete it, or write a new one'],
  destroyed: ['missing', 'its version was destroyed in Vault: write a new one'],
  'wrong-path': ['malformed', 'no such mount, or a path of the other KV version: correct the path'],
  forbidden: ['forbidden', "Vault refused it: extend the token's policy"],
  'dead-token': ['forbidden', 'Vault does not know the token (any more): log in again'],
  'cas-mismatch': ['conflict', 'it has changed in Vault since it was read: read it again'],
  'lease-gone': ['rejected', 'Vault does not know the lease (any more): read the secret anew'],
  'bad-credentials': ['rejected', 'Vault rejected the login: issue new credentials'],
  'wrapping-token-gone': [
    'rejected',
    'the wrapping token was used before or has expired: find out who unwrapped it',
  ],
  'bad-request': ['rejected', 'Vault did not accept the request: correct path or parameters'],
  'replica-behind': ['unreachable', 'the replica has not caught up: try again shortly'],
  throttled: ['unreachable', 'Vault limits the rate of requests: try again later'],
  sealed: ['unreachable', 'Vault is sealed: unseal it'],
  standby: ['unreachable', 'the server is a standby that forwards nothing: ask the active one'],
  'server-error': ['unreachable', 'Vault failed inside: see its log'],
  'not-connected': ['unreachable', 'no connection to Vault: is the address right, is it running?'],
  cut: ['unreachable', "the connection was cut before Vault's answer was complete"],
  timeout: ['unreachable', 'Vault did not answer in time'],
  'too-large': ['unreachable', 'the answer is too large to be one of Vault'],
  encoded: ['unreachable', 'the answer is compressed, which was not asked for: bypass the proxy'],
  'not-json': [
    'unreachable',
    'the answer is not one of Vault: is there a proxy or another server?',
  ],
  redirected: [
    'refused',
    'Vault redirects to another origin, which would get the token: allow that origin, or correct the address',
  ],
} as const satisfies Record<string, Meaning>

/** Why Vault was of no use, finer than the code of the error. */
export type VaultReason = keyof typeof MEANINGS

/**
 * Creates the one error of this adapter. It carries the failure as one of our reasons, never a text of Vault.
 *
 * @param what the request, such as `GET secret/data/rekey/KEY`
 */
export function vaultError(reason: VaultReason, what: string, details: ErrorDetails = {}) {
  const [code, meaning] = MEANINGS[reason]
  return new SecretError(code, `${what}: ${meaning}`, { ...details, reason })
}

/** Whether `error` is a failure of Vault for one of these reasons. */
export function isVaultReason(error: unknown, ...reasons: readonly VaultReason[]): boolean {
  if (!(error instanceof SecretError)) return false
  return reasons.some((reason) => error.details['reason'] === reason)
}

interface Rule {
  readonly status: number
  /** Parts of Vault's own texts, in lower case; one of them must occur. */
  readonly texts?: readonly string[]
  readonly reason: VaultReason
}

/** The first row that fits. Texts are those of Vault 1.21 and OpenBao 2. */
const RULES: readonly Rule[] = [
  { status: 400, texts: ['check-and-set parameter'], reason: 'cas-mismatch' },
  { status: 400, texts: ['wrapping token is not valid'], reason: 'wrapping-token-gone' },
  {
    status: 400,
    texts: ['lease not found', 'lease expired', 'invalid lease', 'lease is not renewable'],
    reason: 'lease-gone',
  },
  {
    status: 400,
    texts: ['invalid role or secret id', 'invalid secret id', 'invalid role_id', 'invalid role id'],
    reason: 'bad-credentials',
  },
  { status: 400, texts: ['missing client token'], reason: 'dead-token' },
  {
    status: 403,
    texts: ['invalid token', 'bad token', 'missing client token'],
    reason: 'dead-token',
  },
  { status: 403, reason: 'forbidden' },
  {
    status: 404,
    texts: ['no handler for route', 'unsupported path', 'invalid path for a versioned'],
    reason: 'wrong-path',
  },
  { status: 404, reason: 'absent' },
  { status: 405, texts: ['unsupported operation'], reason: 'wrong-path' },
  { status: 412, reason: 'replica-behind' },
  { status: 429, reason: 'throttled' },
  { status: 472, reason: 'standby' },
  { status: 473, reason: 'standby' },
  { status: 503, texts: ['vault is sealed'], reason: 'sealed' },
]

/** Creates the error for an answer that is no success. `body` is `undefined` if it is not JSON, as an error page of a proxy. */
export function readFailure(
  { status, retryAfter }: { readonly status: number; readonly retryAfter: unknown },
  body: JsonObject | undefined,
  what: string,
): SecretError {
  const details = { status, ...waitIn(retryAfter) }
  const version = status === 404 && body !== undefined ? readGoneVersion(body) : undefined
  if (version !== undefined) return vaultError(version.reason, what, { ...details, ...version })
  if (body === undefined && status === 404) return vaultError('not-json', what, details)
  const texts = body === undefined ? [] : [...textsOf(body['errors']), ...textsOf(body['warnings'])]
  const joined = texts.join('\n').toLowerCase()
  const rule = RULES.find(
    (row) => row.status === status && (row.texts?.some((text) => joined.includes(text)) ?? true),
  )
  return vaultError(rule?.reason ?? reasonOfClass(status), what, details)
}

function reasonOfClass(status: number): VaultReason {
  if (status >= 500) return 'server-error'
  return status >= 400 ? 'bad-request' : 'not-json'
}

/** A deleted or destroyed version of KV version 2: Vault answers 404, with the version in the body. */
function readGoneVersion(body: JsonObject) {
  const metadata = objectOf(objectOf(body['data'])?.['metadata'])
  if (metadata === undefined) return undefined
  const { version, deletion_time: deletedAt, destroyed } = metadata
  const known = typeof version === 'number' ? { version } : {}
  if (destroyed === true) return { reason: 'destroyed', ...known } as const
  const time = new Date(typeof deletedAt === 'string' ? deletedAt : NaN)
  if (Number.isNaN(time.getTime())) return undefined
  return { reason: 'deleted', ...known, deletedAt: time.toISOString() } as const
}

/** Only whole seconds; a date would compare two clocks. */
function waitIn(header: unknown): ErrorDetails {
  const isSeconds = typeof header === 'string' && /^\d{1,6}$/.test(header)
  return isSeconds ? { retryAfterMs: Number(header) * 1_000 } : {}
}
