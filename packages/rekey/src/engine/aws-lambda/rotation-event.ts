import { SecretError } from '@rekey/secret'

/**
 * The event of a rotation function of Secrets Manager (User Guide, "Lambda rotation functions"), and `revokeSecret`, which is
 * ours: give it on a schedule, without a token.
 */
export interface AwsRotationEvent {
  /** `createSecret`, `setSecret`, `testSecret`, `finishSecret`, `revokeSecret`. */
  readonly Step: string
  /** The ARN of the secret, or its name. Absent with `revokeSecret`: every secret of the function. */
  readonly SecretId?: string
  /** The id of the version that is to become current. */
  readonly ClientRequestToken?: string
}

/** The used part of the context that AWS Lambda gives to a function. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number
}

/** The state of a secret beside its values. */
export interface AwsRotationState {
  readonly name: string
  readonly rotationEnabled: boolean
  readonly labels: Readonly<Record<string, readonly string[]>>
}

/**
 * Where the version of the event stands. The checks are those of AWS' own rotation functions.
 *
 * @throws {SecretError} `refused` if the secret is not rotated by the service, or the version is not the one that is
 */
export function requireTurn(
  { ClientRequestToken: version = '' }: AwsRotationEvent,
  { name, rotationEnabled, labels }: AwsRotationState,
): 'pending' | 'current' {
  if (!rotationEnabled) {
    throw new SecretError('refused', `${name} is not rotated by AWS: enable rotation for it`)
  }
  const own = Object.hasOwn(labels, version) ? (labels[version] ?? []) : []
  if (own.includes('AWSCURRENT')) return 'current'
  if (own.includes('AWSPENDING')) return 'pending'
  const message = `that version of ${name} is not AWSPENDING: begin a new rotation by RotateSecret`
  throw new SecretError('refused', message)
}
