import { describe } from 'vitest'
import { openPlayedStore } from '../../../test/engine/aws-lambda/played-service.support.ts'
import { describeRotationFunction } from '../../../test/engine/aws-lambda/rotation-function.support.ts'

describe('a rotation function of a service in this process', () => {
  describeRotationFunction(openPlayedStore)
})
