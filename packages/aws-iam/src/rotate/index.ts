/**
 * Access keys of AWS IAM in a family: how they are rotated.
 *
 * @module
 */
export { awsAccessKeyKind } from './aws-access-key-kind.ts'
