import type { LiveSecret, StagedSecret } from '@rekey/secret'
import { newConsumer, onChange } from '@rekey/secret/internal'
import { parseAccessKey } from '../spec/aws-access-key.ts'

/** Credentials of the AWS SDK. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The SDK asks again for credentials that end within five minutes. */
  readonly expiration: Date
}

/**
 * Returns a credential provider of the AWS SDK, version 3, for an access key that may change at any time: the SDK asks it for each request,
 * which is signed with the newest key. Reports which key is in use.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html
 * @example
 * ```ts
 * const client = new S3Client({ region, credentials: awsCredentials(service.secrets.bucket) })
 * ```
 */
export function awsCredentials(secret: LiveSecret): () => Promise<AwsCredentials> {
  const consumer = newConsumer(secret.usage, 'aws-sdk')
  const hold = ({ current }: StagedSecret) => {
    secret.usage.hold(consumer, [current.version])
  }
  hold(secret.snapshot)
  void onChange(secret, hold)
  return () => {
    const { version, value } = secret.current
    secret.usage.record(version)
    const { id, secret: text } = parseAccessKey(value.expose())
    // Whatever ends soon is not kept by the SDK.
    const expiration = new Date(0)
    return Promise.resolve({ accessKeyId: id, secretAccessKey: text.expose(), expiration })
  }
}
