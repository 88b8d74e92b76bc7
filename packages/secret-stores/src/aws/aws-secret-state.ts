import { SecretError } from '@rekey/secret'
import type { AwsApi } from './aws-api.ts'

/** The answer of Secrets Manager for a secret beside its values. */
export interface AwsSecretState {
  /** The name in this store, without the prefix. */
  readonly name: string
  /** Whether the service rotates it by a Lambda function. */
  readonly rotationEnabled: boolean
  /** The staging labels of each version, by its id. */
  readonly labels: Readonly<Record<string, readonly string[]>>
}

/** Asks for the state of a secret by its full name or its ARN. */
export async function describeAwsSecret(
  api: AwsApi,
  secretId: string,
  prefix: string,
): Promise<AwsSecretState> {
  const { Name = '', RotationEnabled = false, VersionIdsToStages } = await api.describe(secretId)
  if (!Name.startsWith(`${prefix}/`)) {
    const message = `that secret does not lie under ${prefix}: correct the prefix or the trigger`
    throw new SecretError('refused', message)
  }
  return {
    name: Name.slice(prefix.length + 1),
    rotationEnabled: RotationEnabled,
    labels: VersionIdsToStages ?? {},
  }
}
