/**
 * AWS Secrets Manager as a store, and the IAM policy that it takes.
 *
 * @module
 */
export { type AwsStoreOptions, openAwsStore } from './open-aws-store.ts'
