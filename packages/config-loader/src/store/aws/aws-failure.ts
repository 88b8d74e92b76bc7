import { SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { errnoOf } from '@rekey/secret/internal/files'
import { ANSWER_TOO_LARGE } from '../http-agents.ts'

/** The request to Secrets Manager, for the message of an error. */
export interface AwsRequest {
  /** The name in Secrets Manager, `PREFIX/NAME`. */
  readonly secretId: string
  /** The operation, which is also the IAM action: `DescribeSecret`. */
  readonly operation: string
}

/** The code, the reason, and the fault with its remedy. */
type Failure = readonly [code: SecretErrorCode, reason: string, message: string]

const DENIED: Failure = [
  'forbidden',
  'access-denied',
  'is not allowed: allow the action in the IAM policy, and the key to be used',
]
const CREDENTIALS: Failure = [
  'forbidden',
  'bad-credentials',
  'was refused because of the credentials: renew or correct them',
]
const THROTTLED: Failure = [
  'unreachable',
  'throttled',
  'was throttled: ask less often or raise the quota',
]
const SERVER_ERROR: Failure = [
  'unreachable',
  'server-error',
  'failed inside the service: try again',
]
const DECRYPTION: Failure = [
  'forbidden',
  'decryption',
  'failed at the KMS key: enable the key and allow its use',
]
const UNEXPECTED: Failure = [
  'refused',
  'unexpected',
  'was refused for a reason that is not documented: look into CloudTrail',
]

/** The errors of the service, by name (Secrets Manager API Reference, "Common Error Types" and each operation's "Errors"). */
const FAILURES: Readonly<Record<string, Failure>> = {
  ResourceNotFoundException: ['missing', 'absent', 'found nothing: create the secret'],
  ResourceExistsException: [
    'conflict',
    'exists',
    'found another value there already: read it again',
  ],
  InvalidParameterException: [
    'refused',
    'invalid-parameter',
    'was refused for what was asked: a value has at most 65,536 bytes, a name 512 characters',
  ],
  InvalidRequestException: [
    'refused',
    'invalid-state',
    'is not possible in the state of the secret: see whether it is marked for deletion',
  ],
  LimitExceededException: [
    'refused',
    'quota',
    'exceeds a quota: a secret holds about 100 versions made within a day',
  ],
  AccessDeniedException: DENIED,
  AccessDenied: DENIED,
  DecryptionFailure: DECRYPTION,
  EncryptionFailure: DECRYPTION,
  UnrecognizedClientException: CREDENTIALS,
  InvalidClientTokenId: CREDENTIALS,
  InvalidSignatureException: CREDENTIALS,
  IncompleteSignature: CREDENTIALS,
  MissingAuthenticationToken: CREDENTIALS,
  ExpiredTokenException: CREDENTIALS,
  ThrottlingException: THROTTLED,
  Throttling: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  TooManyRequestsException: THROTTLED,
  InternalServiceError: SERVER_ERROR,
  InternalFailure: SERVER_ERROR,
  ServiceUnavailable: SERVER_ERROR,
  CredentialsProviderError: [
    'unreachable',
    'no-credentials',
    'could not be signed, no AWS credentials were found: provide them',
  ],
}

/** A staging label is not where it was when the secret was read; which of the two names reports it is not documented. */
const LABEL_MOVED: Failure = [
  'conflict',
  'label-moved',
  'does not fit the versions that are there by now: read the secret again',
]
const MOVE_FAILURES: Readonly<Record<string, Failure>> = {
  InvalidParameterException: LABEL_MOVED,
  InvalidRequestException: LABEL_MOVED,
}

const NO_ANSWER: Failure = [
  'unreachable',
  'connection',
  'got no answer: check the network and the endpoint',
]

const UNINTELLIGIBLE: Failure = [
  'unreachable',
  'unintelligible',
  'got an answer that is not from the service: check the endpoint and what is before it',
]

/**
 * Our error for whatever the SDK threw, or a check of ours within it. Nothing of the SDK's error is kept: it carries the request and the response.
 */
export function awsFailure(error: unknown, request: AwsRequest): SecretError {
  if (error instanceof SecretError) return error
  return describeFailure(classify(error, request.operation), request)
}

/** The error for an answer that lacks what every answer of the service has. */
export function awsUnintelligible(request: AwsRequest): SecretError {
  return describeFailure(UNINTELLIGIBLE, request)
}

/** The error for an answer that did not come in time. */
export function awsTimeout({ secretId, operation }: AwsRequest, timeoutMs: number): SecretError {
  const message = `${operation} of ${secretId} got no answer within ${timeoutMs} ms: check the network and the endpoint`
  return new SecretError('unreachable', message, { reason: 'timeout', operation })
}

function describeFailure(
  [code, reason, message]: Failure,
  { secretId, operation }: AwsRequest,
): SecretError {
  return new SecretError(code, `${operation} of ${secretId} ${message}`, { reason, operation })
}

function classify(error: unknown, operation: string): Failure {
  if (!(error instanceof Error)) return UNEXPECTED
  const isMove = operation === 'UpdateSecretVersionStage'
  const known = new Map(Object.entries({ ...FAILURES, ...(isMove && MOVE_FAILURES) }))
  return known.get(error.name) ?? classifyStatus(error)
}

function classifyStatus(error: Error): Failure {
  if (errnoOf(error) === ANSWER_TOO_LARGE) return UNINTELLIGIBLE
  const status = statusOf(error)
  if (status === undefined) return NO_ANSWER
  if (status < 400) return UNINTELLIGIBLE
  if (status === 429) return THROTTLED
  return status >= 500 ? SERVER_ERROR : UNEXPECTED
}

function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  return $metadata?.httpStatusCode
}
