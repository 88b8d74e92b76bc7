import { json } from 'node:stream/consumers'
import { SecretError, within } from '@rekey/secret'
import { awsAccess } from './aws-access.ts'
import { awsFailure } from './aws-failure.ts'
import { createClient, credentialsAnnouncer } from './open-aws-store.ts'

/** A call of the API of Amazon ECS: the operation, its input, and its answer, which is not checked. */
export type EcsCall = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
) => Promise<unknown>

/** Errors of ECS alone (Amazon ECS API Reference, "Common Error Types" and each operation's "Errors"). */
const FAILURES: ReadonlyMap<string, readonly ['missing' | 'refused', string]> = new Map([
  ['ClusterNotFoundException', ['missing', 'found no such cluster: correct it in the fleet']],
  ['ServiceNotFoundException', ['missing', 'found no such service: correct it in the fleet']],
  ['ServiceNotActiveException', ['refused', 'is not possible: the service is being deleted']],
  ['InvalidParameterException', ['refused', 'was refused for its parameters: see CloudTrail']],
])
const TIMEOUT_MS = 10_000

/** Of what the SDK's request handler gives. */
interface Handled {
  readonly response: { readonly statusCode: number; readonly body: AsyncIterable<Buffer> }
}

/**
 * Creates a caller of Amazon ECS with the client that Secrets Manager is called with: its credentials, its signer and its connections. So
 * ECS needs no client of its own. Requests are made once.
 *
 * @param options.name what is called, for messages
 * @param options.env `AWS_REGION` where no region is named; `AWS_ENDPOINT_URL_ECS` or `AWS_ENDPOINT_URL` in place of the endpoint of AWS
 * @throws {SecretError} `refused` for an endpoint of clear text; each call: `missing`, `forbidden`, `refused`, `unreachable`
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/making-api-requests.html
 */
export function createEcsCall(options: {
  readonly name: string
  readonly region?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}): EcsCall {
  const { name, region: own, env } = options
  const access = { ...awsAccess(env, 'ECS'), ...(own !== undefined && { region: own }) }
  const client = createClient(access)
  const announce = credentialsAnnouncer(client)
  const send = async (operation: string, input: object, abortSignal: AbortSignal) => {
    const region = await client.config.region().catch(() => {
      const remedy = 'name the region in the fleet, or set AWS_REGION'
      throw new SecretError('malformed', `no region of ${name} is known: ${remedy}`)
    })
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    const { protocol, hostname, port, host } = new URL(
      access.endpoint ?? `https://ecs.${region}.${suffix}`,
    )
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
    }
    await announce()
    const scheme = { name: 'sigv4', signingName: 'ecs', signingRegion: region, properties: {} }
    const signer = await client.config.signer(scheme)
    const place = { protocol, hostname, path: '/', query: {}, ...(port && { port: Number(port) }) }
    const request = { ...place, method: 'POST', headers, body: JSON.stringify(input) }
    const signed = await signer.sign(request)
    const handled = await client.config.requestHandler.handle(signed as never, { abortSignal })
    const { statusCode: httpStatusCode, body } = (handled as Handled).response
    const answer = await json(body)
    if (httpStatusCode < 300) return answer
    const type = String((answer as { __type?: unknown }).__type)
    throw Object.assign(new Error(), { name: type.split('#').pop(), $metadata: { httpStatusCode } })
  }
  return async (operation, input, signal) => {
    const what = `the answer of Amazon ECS to ${operation}`
    const ask = (abortSignal: AbortSignal) => send(operation, input, abortSignal)
    try {
      return await within({ what, limitMs: TIMEOUT_MS, ...(signal && { signal }) }, ask)
    } catch (error) {
      signal?.throwIfAborted()
      const [code, message] = FAILURES.get((error as Error).name) ?? []
      if (code === undefined) throw awsFailure(error, { secretId: name, operation })
      throw new SecretError(code, `${operation} of ${name} ${message}`, { operation })
    }
  }
}
