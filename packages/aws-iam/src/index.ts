/**
 * An access key of AWS IAM: its spec, and a credential provider of the AWS SDK that follows it.
 *
 * @module
 */
export { awsAccessKey } from './spec/aws-access-key.ts'
export { type AwsCredentials, awsCredentials } from './use/aws-credentials.ts'
