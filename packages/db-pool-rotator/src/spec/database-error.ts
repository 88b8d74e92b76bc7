import type { ErrorDetails, SecretErrorCode } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'

type Answer = readonly [SecretErrorCode, string]

const UNREACHABLE: Answer = [
  'unreachable',
  'The database does not answer; check host, port and network',
]
const STARTING: Answer = ['unreachable', 'The database is starting or stopping; try again']
const REJECTED: Answer = ['rejected', 'The database refuses this login: wrong, expired or removed']
const UNTRUSTED: Answer = [
  'unreachable',
  "The database's certificate is not trusted; name the file of its CA in sslrootcert, or correct the certificate",
]
const NO_TLS: Answer = [
  'unreachable',
  'The database does not speak TLS; switch it on there, or use sslmode=disable on a trusted network',
]

/**
 * The only answers that are definite, by SQLSTATE (PostgreSQL documentation, appendix A): the same login or statement will be
 * refused again. Whatever is not here decides nothing, and is `unreachable`.
 */
const DEFINITE: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['28P01', REJECTED],
  ['28000', REJECTED],
  ['3D000', ['refused', 'The database of that name does not exist; create it or correct the name']],
  ['42501', ['forbidden', 'The role lacks a right for this; grant it and try again']],
  ['55P03', ['conflict', 'Another rotation holds the lock; try again when it is done']],
])

/** Remedies for some of the answers that decide nothing: by SQLSTATE, by Node.js error code, or by a text without a code. */
const REMEDIES: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    '53300',
    [
      'unreachable',
      'The database has no free connection, or this role none: raise max_connections or its limit, or wait',
    ],
  ],
  ['57P01', STARTING],
  ['57P02', STARTING],
  ['57P03', STARTING],
  ['25006', ['unreachable', 'The database is read-only, as a standby is; connect to the primary']],
  ['53100', ['unreachable', "The database's disk is full; free some space there"]],
  ['53200', ['unreachable', 'The database is out of memory; try again']],
  ['57014', ['unreachable', 'The statement took too long and was cancelled; try again']],
  ['EMFILE', ['unreachable', 'This process has too many open files; raise its limit']],
  ['CERT_HAS_EXPIRED', ['unreachable', "The database's certificate has expired; renew it"]],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    [
      'unreachable',
      "The database's certificate names another host; correct the host or the certificate",
    ],
  ],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['The server does not support SSL connections', NO_TLS],
])

const SQLSTATE = /^[\dA-Z]{5}$/

function undecided(code: string): Answer {
  if (!SQLSTATE.test(code)) return UNREACHABLE
  const remedy = "look the code up in its documentation and in the server's log"
  return ['unreachable', `The database answers with ${code}, which decides nothing; ${remedy}`]
}

/**
 * Answers of PgBouncer 1.18 with SQLSTATE 08P01 in place of a code of its own: 28P01 and 28000 first, then what it cannot do
 * at the moment. Measured; its other sentences are faults of the settings.
 */
const POOLER_ANSWERS: readonly (readonly [RegExp, Answer])[] = [
  [/^(SASL authentication failed|bouncer config error)$/, REJECTED],
  [
    /^(server login has been failing|pgbouncer cannot connect to server|query_wait_timeout|no more connections allowed)/,
    STARTING,
  ],
]

function poolerAnswer(error: unknown): Answer | undefined {
  if (codeOf(error) !== '08P01' || !(error instanceof Error)) return undefined
  return POOLER_ANSWERS.find(([sentence]) => sentence.test(error.message))?.[1]
}

/**
 * Turns a failure of the driver into ours: the code and a remedy, without the driver's message, which may quote values. Only
 * an SQLSTATE of an allow-list is a definite answer; everything else is `unreachable`: "no answer" is never "no".
 *
 * `28P01` does not distinguish a rotated password from an expired or a removed role, so neither does `rejected`: ask the
 * store.
 */
export function describeDatabaseError(error: unknown, details: ErrorDetails = {}): SecretError {
  if (error instanceof SecretError) return error
  const code = codeOf(error)
  if (code === undefined) {
    const known = error instanceof Error ? REMEDIES.get(error.message) : undefined
    return new SecretError(...(known ?? UNREACHABLE), details)
  }
  const answer = poolerAnswer(error) ?? DEFINITE.get(code) ?? REMEDIES.get(code) ?? undecided(code)
  return new SecretError(...answer, { ...details, reason: code })
}

/** Whether the server refused the login itself. */
export function isLoginError(error: unknown): boolean {
  const code = codeOf(error)
  return code === '28P01' || code === '28000' || poolerAnswer(error) === REJECTED
}

/** Whether the server has no free connection, or this role none. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === '53300'
}

/** The SQLSTATE or the Node.js error code of a driver's error. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
