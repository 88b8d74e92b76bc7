import type { AwsServer } from '@rekey/testbed'
import { Secret } from '@rekey/secret'
import { openAwsStore } from '@rekey/config-loader/aws'
import { type Answer, type EchoProxy, openEchoProxy } from '../echo-proxy.ts'
import type { FixtureFiles } from '../fixture-files.ts'

/** A real server of the AWS API, gateways before it, and files. */
export class AwsFixture implements AsyncDisposable {
  readonly server: AwsServer
  readonly files: FixtureFiles
  readonly #gateways: EchoProxy[] = []

  constructor(server: AwsServer, files: FixtureFiles) {
    this.server = server
    this.files = files
  }

  /** Puts a secret where the store has it. */
  async put(name: string, value: string): Promise<void> {
    await using store = await openAwsStore({ prefix: 'rekey', ...this.server })
    await store.create(name, Secret.of(value, name))
  }

  /** Any request to the service, by the name of its action. */
  async ask(action: string, body: object): Promise<void> {
    const { endpoint, region, credentials } = this.server
    const scope = `${credentials.accessKeyId}/20260101/${region}/secretsmanager/aws4_request`
    const response = await fetch(endpoint, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `secretsmanager.${action}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      },
    })
    if (!response.ok) throw new Error(`${action} answered ${response.status}`)
  }

  /** The address of a gateway that gives this answer. */
  async gateway(answer: Answer): Promise<string> {
    const gateway = await openEchoProxy({ answer })
    this.#gateways.push(gateway)
    return `http://127.0.0.1:${gateway.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gateway of this.#gateways) await gateway[Symbol.asyncDispose]()
    await this.server.close()
  }
}
