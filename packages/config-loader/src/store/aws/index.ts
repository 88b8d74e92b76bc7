/**
 * AWS Secrets Manager as a store, and the IAM policy that it takes.
 *
 * @module
 */
export {
  awsPolicyFor,
  type AwsPolicy,
  type AwsPolicyOptions,
  type AwsStatement,
} from './aws-policy.ts'
export {
  type AwsSecretState,
  type AwsStore,
  type AwsStoreOptions,
  openAwsStore,
} from './open-aws-store.ts'
