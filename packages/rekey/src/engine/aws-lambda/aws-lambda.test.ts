// @lane servers
import { describe } from 'vitest'
import {
  found,
  openRotatedStore,
  useAwsServer,
} from '../../../test/engine/aws-lambda/aws-lambda.support.ts'
import { describeRotationFunction } from '../../../test/engine/aws-lambda/rotation-function.support.ts'

describe.runIf(found)('a rotation function of Secrets Manager', { timeout: 60_000 }, () => {
  const server = useAwsServer()
  describeRotationFunction((first) => openRotatedStore(server(), first))
})
