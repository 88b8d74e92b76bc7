import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsServer, findForTest, openAwsServer } from './index.ts'

const { found, path: program } = await findForTest('moto')

describe.runIf(found)('an AWS server', { timeout: 60_000 }, () => {
  let server: AwsServer
  beforeAll(async () => {
    server = await openAwsServer({ program })
  }, 90_000)
  afterAll(() => server.close())

  /** One call of the Secrets Manager API, by its documented protocol (AWS JSON 1.1). */
  async function call(operation: string, input: object): Promise<Record<string, unknown>> {
    const { accessKeyId } = server.credentials
    const scope = `${accessKeyId}/20260101/${server.region}/secretsmanager/aws4_request`
    const response = await fetch(server.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `secretsmanager.${operation}`,
      },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(5_000),
    })
    return (await response.json()) as Record<string, unknown>
  }

  async function createSecret(): Promise<string> {
    const Name = `test/${randomUUID()}`
    const ClientRequestToken = randomUUID()
    await call('CreateSecret', { Name, ClientRequestToken, SecretString: randomUUID() })
    return Name
  }

  it('has its secrets again, with the same versions, after it was stopped and started', async () => {
    const SecretId = await createSecret()
    const before = await call('GetSecretValue', { SecretId })
    await server.stop()
    await expect(call('GetSecretValue', { SecretId })).rejects.toThrow('fetch failed')
    const starting = server.start().then(() => true)
    const answers = new Set<unknown>()
    while (!(await Promise.race([starting, delay(5)]))) {
      const answer = await call('GetSecretValue', { SecretId }).catch(() => undefined)
      answers.add(answer?.['__type'])
    }
    expect([...answers]).not.toContain('ResourceNotFoundException')
    const { SecretString, VersionId } = before
    expect(await call('GetSecretValue', { SecretId })).toMatchObject({ SecretString, VersionId })
  })

  it('answers nothing while it is paused, and goes on afterwards', async () => {
    const SecretId = await createSecret()
    await server.pause()
    await expect(call('DescribeSecret', { SecretId })).rejects.toThrow('timeout')
    server.resume()
    expect(await call('DescribeSecret', { SecretId })).toMatchObject({ Name: SecretId })
  })

  it('refuses some requests while it throttles, and none afterwards', async () => {
    const SecretId = await createSecret()
    await server.throttle(true)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call('DescribeSecret', { SecretId })),
    )
    await server.throttle(false)
    const refused = answers.filter(({ __type }) => __type === 'ThrottlingException')
    expect(refused).toHaveLength(8)
    expect(await call('DescribeSecret', { SecretId })).toMatchObject({ Name: SecretId })
  })

  it('begins a rotation by a version that is pending and empty', async () => {
    const SecretId = await createSecret()
    const ClientRequestToken = randomUUID()
    await call('RotateSecret', {
      ...{ SecretId, ClientRequestToken },
      RotationLambdaARN: await server.createRotationFunction('rotate'),
      RotationRules: { AutomaticallyAfterDays: 30 },
    })
    expect(await call('DescribeSecret', { SecretId })).toMatchObject({
      RotationEnabled: true,
      VersionIdsToStages: { [ClientRequestToken]: ['AWSPENDING'] },
    })
    const VersionId = ClientRequestToken
    expect(await call('GetSecretValue', { SecretId, VersionId })).toMatchObject({
      __type: 'ResourceNotFoundException',
    })
  })

  it('forgets its secrets when it is reset', async () => {
    const SecretId = await createSecret()
    await server.reset()
    expect(await call('DescribeSecret', { SecretId })).toMatchObject({
      __type: 'ResourceNotFoundException',
    })
  })

  it('ends when the process that started it is killed', async () => {
    const script = `
      import { openAwsServer } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const server = await openAwsServer(${JSON.stringify({ program })})
      console.log(server.endpoint)
      process.kill(process.pid, 'SIGKILL')`
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const endpoint = line.toString().trim()
    const answers = () =>
      fetch(endpoint).then(
        () => true,
        () => false,
      )
    await expect.poll(answers, { timeout: 10_000 }).toBe(false)
  })
})
