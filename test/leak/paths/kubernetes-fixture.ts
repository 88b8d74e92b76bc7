import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Secret } from '@rekey/secret'
import { openKubernetesStore } from '@rekey/config-loader/kubernetes'
import type { Kubernetes } from '@rekey/testbed'
import { type Answer, type EchoProxy, openEchoProxy } from '../echo-proxy.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const NAMESPACE = 'vpn'
const RIGHTS = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] }]

/** A real API server with a namespace `vpn`, gateways before it, and files. */
export class KubernetesFixture implements AsyncDisposable {
  readonly server: Kubernetes
  readonly files: FixtureFiles
  readonly #gateways: EchoProxy[] = []
  #accounts = 0

  constructor(server: Kubernetes, files: FixtureFiles) {
    this.server = server
    this.files = files
  }

  /** The token of a new service account, which may read and write secrets or not. */
  async token({ rights }: { readonly rights: boolean }): Promise<string> {
    const account = { namespace: NAMESPACE, name: `account-${(this.#accounts += 1)}` }
    await this.server.createServiceAccount(account)
    if (rights) await this.server.grant(account, RIGHTS)
    return this.server.issueToken(account)
  }

  /** Puts a secret where the store has it. */
  async put(name: string, value: string): Promise<void> {
    const access = { kubeconfig: await this.server.writeKubeconfig() }
    await using store = await openKubernetesStore({ namespace: NAMESPACE, access })
    await store.create(name, Secret.of(value, name))
  }

  /** Makes any object in the namespace. */
  async create(body: object): Promise<void> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets`
    const { status } = await this.server.request({ method: 'POST', path, body })
    if (status !== 201) throw new Error(`the API server answered ${status}`)
  }

  /** The server's own key and certificate (PEM). */
  async serverPair(): Promise<{ key: string; cert: string }> {
    const read = (name: string) =>
      readFile(join(dirname(this.server.caFile), 'certificates', name), 'utf8')
    return { key: await read('apiserver.key'), cert: await read('apiserver.crt') }
  }

  /** The address of a gateway that gives this answer. It has the server's own certificate. */
  async gateway(answer: Answer): Promise<string> {
    const gateway = await openEchoProxy({ answer, tls: await this.serverPair() })
    this.#gateways.push(gateway)
    return `https://127.0.0.1:${gateway.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gateway of this.#gateways) await gateway[Symbol.asyncDispose]()
    await this.server.close()
  }
}
