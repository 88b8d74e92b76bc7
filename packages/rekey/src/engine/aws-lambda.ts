/**
 * The rotation function that AWS Secrets Manager calls.
 *
 * @module
 */
export {
  type AwsRotationOptions,
  type AwsRotationStore,
  createAwsRotationHandler,
} from './aws-lambda/rotation-handler.ts'
export type { AwsRotationEvent, LambdaContext } from './aws-lambda/rotation-event.ts'
