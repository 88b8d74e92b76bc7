/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export * from './index.ts'
export {
  type AwsPolicy,
  awsPolicyFor,
  type AwsPolicyOptions,
  type AwsStatement,
} from './aws-policy.ts'
export { createEcsCall } from './ecs-call.ts'
export type { AwsSecretState, AwsStore } from './open-aws-store.ts'
