import type { ErrorDetails, SecretError } from '@rekey/secret'
import type { HttpAnswer } from './http-exchange.ts'
import { type JsonObject, objectOf, textsOf } from './read-answer.ts'
import { vaultError, type VaultReason } from './vault-failure.ts'

interface Rule {
  readonly status: number
  /** What one of Vault's own texts then has in it, in lower case. */
  readonly says?: readonly string[]
  readonly reason: VaultReason
}

/** The first row that fits. Texts are those of Vault 1.21 and OpenBao 2. */
const RULES: readonly Rule[] = [
  { status: 400, says: ['check-and-set parameter'], reason: 'cas-mismatch' },
  { status: 400, says: ['wrapping token is not valid'], reason: 'wrapping-token-gone' },
  {
    status: 400,
    says: ['lease not found', 'lease expired', 'invalid lease', 'lease is not renewable'],
    reason: 'lease-gone',
  },
  {
    status: 400,
    says: ['invalid role or secret id', 'invalid secret id', 'invalid role_id', 'invalid role id'],
    reason: 'bad-credentials',
  },
  { status: 400, says: ['missing client token'], reason: 'dead-token' },
  {
    status: 403,
    says: ['invalid token', 'bad token', 'missing client token'],
    reason: 'dead-token',
  },
  { status: 403, reason: 'forbidden' },
  {
    status: 404,
    says: ['no handler for route', 'unsupported path', 'invalid path for a versioned'],
    reason: 'wrong-path',
  },
  { status: 404, reason: 'absent' },
  { status: 405, says: ['unsupported operation'], reason: 'wrong-path' },
  { status: 412, reason: 'replica-behind' },
  { status: 429, reason: 'throttled' },
  { status: 472, reason: 'standby' },
  { status: 473, reason: 'standby' },
  { status: 503, says: ['vault is sealed'], reason: 'sealed' },
]

/** What an answer that is no success means. `body` is `undefined` if it is not JSON: an error page of a proxy. */
export function readFailure(
  { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
  body: JsonObject | undefined,
  what: string,
): SecretError {
  const details = { status, ...retryAfter(headers['retry-after']) }
  const version = status === 404 && body !== undefined ? readGoneVersion(body) : undefined
  if (version !== undefined) return vaultError(version.reason, what, { ...details, ...version })
  if (body === undefined && status === 404) return vaultError('not-json', what, details)
  const texts = body === undefined ? [] : [...textsOf(body['errors']), ...textsOf(body['warnings'])]
  const said = texts.join('\n').toLowerCase()
  const rule = RULES.find(
    (row) => row.status === status && (row.says?.some((text) => said.includes(text)) ?? true),
  )
  return vaultError(rule?.reason ?? reasonOfClass(status), what, details)
}

function reasonOfClass(status: number): VaultReason {
  if (status >= 500) return 'server-error'
  return status >= 400 ? 'bad-request' : 'not-json'
}

/** A deleted or destroyed version of KV version 2: Vault answers 404, and says which in the body. */
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
function retryAfter(header: string | undefined): ErrorDetails {
  return header !== undefined && /^\d{1,6}$/.test(header)
    ? { retryAfterMs: Number(header) * 1_000 }
    : {}
}
