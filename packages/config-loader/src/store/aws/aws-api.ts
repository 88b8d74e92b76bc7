import {
  CreateSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { SecretError, within } from '@rekey/secret'
import type { StoredVersion } from '../stored-stages.ts'
import { awsFailure, type AwsRequest, awsTimeout, awsUnintelligible } from './aws-failure.ts'

/** Options of {@link AwsApi}. */
export interface AwsApiOptions {
  readonly client: SecretsManagerClient
  /** How long one request may take. */
  readonly timeoutMs: number
  /** Aborts when the store is closed. */
  readonly closing: AbortSignal
}

/** A label on its way. `from` must be where it is: that is the service's compare-and-set. */
export interface LabelMove {
  readonly label: string
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** A value on its way into the store. */
export interface NewValue {
  /** 32 to 64 characters. A version that exists with this id and another value is a conflict. */
  readonly versionId: string
  readonly value: string
  readonly labels: readonly string[]
}

/** The operations of Secrets Manager that the store needs. All throw only `SecretError`, or the reason of the signal. */
export class AwsApi {
  readonly #options: AwsApiOptions

  constructor(options: AwsApiOptions) {
    this.#options = options
  }

  async describe(secretId: string, signal?: AbortSignal): Promise<DescribeSecretResponse> {
    const command = new DescribeSecretCommand({ SecretId: secretId })
    const request = { secretId, operation: 'DescribeSecret' }
    const answer = await this.#send({ ...request, signal }, (client, options) =>
      client.send(command, options),
    )
    // Without a name it would look like a secret that has no value.
    if (answer.Name === undefined) throw awsUnintelligible(request)
    return answer
  }

  /**
   * The value of a version; nothing if it has none.
   *
   * @throws {SecretError} `malformed` if it is not a text
   */
  async value(
    secretId: string,
    versionId: string,
    signal?: AbortSignal,
  ): Promise<StoredVersion | undefined> {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId })
    const request = { secretId, operation: 'GetSecretValue', signal }
    const answer = await this.#send(request, (client, options) =>
      client.send(command, options),
    ).catch((error: unknown) => {
      if (error instanceof SecretError && error.code === 'missing') return undefined
      throw error
    })
    if (answer !== undefined && answer.VersionId === undefined) throw awsUnintelligible(request)
    if (answer?.SecretBinary !== undefined) {
      throw new SecretError('malformed', `${secretId} holds bytes: store a SecretString instead`, {
        reason: 'binary',
      })
    }
    if (answer?.SecretString === undefined || answer.SecretString === '') return undefined
    const { SecretString, CreatedDate } = answer
    return { value: SecretString, ...(CreatedDate && { createdAt: CreatedDate }) }
  }

  async create(secretId: string, { versionId, value }: Omit<NewValue, 'labels'>): Promise<void> {
    const command = new CreateSecretCommand({
      Name: secretId,
      ClientRequestToken: versionId,
      SecretString: value,
    })
    await this.#send({ secretId, operation: 'CreateSecret' }, (client, options) =>
      client.send(command, options),
    )
  }

  async put(secretId: string, { versionId, value, labels }: NewValue): Promise<void> {
    const command = new PutSecretValueCommand({
      SecretId: secretId,
      ClientRequestToken: versionId,
      SecretString: value,
      VersionStages: [...labels],
    })
    await this.#send({ secretId, operation: 'PutSecretValue' }, (client, options) =>
      client.send(command, options),
    )
  }

  async move(secretId: string, { label, from, to }: LabelMove): Promise<void> {
    const command = new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: label,
      ...(from !== undefined && { RemoveFromVersionId: from }),
      ...(to !== undefined && { MoveToVersionId: to }),
    })
    await this.#send({ secretId, operation: 'UpdateSecretVersionStage' }, (client, options) =>
      client.send(command, options),
    )
  }

  /** The names of all secrets that begin with `prefix`. */
  async list(prefix: string, signal?: AbortSignal): Promise<string[]> {
    const names: string[] = []
    let next: string | undefined
    do {
      const command = new ListSecretsCommand({
        Filters: [{ Key: 'name', Values: [prefix] }],
        ...(next !== undefined && { NextToken: next }),
      })
      const request = { secretId: `${prefix}*`, operation: 'ListSecrets', signal }
      const page = await this.#send(request, (client, options) => client.send(command, options))
      names.push(...(page.SecretList ?? []).flatMap(({ Name }) => Name ?? []))
      next = page.NextToken
    } while (next !== undefined)
    return names.filter((name) => name.startsWith(prefix))
  }

  async #send<T>(
    { signal, ...request }: AwsRequest & { readonly signal?: AbortSignal | undefined },
    work: (client: SecretsManagerClient, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const { client, timeoutMs, closing } = this.#options
    const caller = signal ? AbortSignal.any([closing, signal]) : closing
    const what = `AWS Secrets Manager's answer to ${request.operation}`
    try {
      // A body that drips in slowly is not aborted by the SDK.
      return await within({ what, limitMs: timeoutMs, signal: caller }, (abortSignal) =>
        work(client, { abortSignal }),
      )
    } catch (error) {
      caller.throwIfAborted()
      const isLate = error instanceof SecretError && error.details['reason'] === 'timeout'
      if (isLate) throw awsTimeout(request, timeoutMs)
      throw awsFailure(error, request)
    }
  }
}
