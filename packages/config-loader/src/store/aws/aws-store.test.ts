// @lane servers
import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { describeSecretStore } from '../contract.ts'
import { found, useAwsServer } from '../../../test/store/aws/aws.support.ts'
import { openAwsStore } from './index.ts'

describe.runIf(found)('on a real server', { timeout: 60_000 }, () => {
  const server = useAwsServer()

  describeSecretStore('AWS Secrets Manager', async () => {
    const { endpoint, region, credentials } = server()
    const prefix = `test/${randomUUID()}`
    const store = await openAwsStore({ prefix, endpoint, region, credentials, ttlMs: 1_000 })
    return { store, close: async () => store[Symbol.asyncDispose]() }
  })
})
