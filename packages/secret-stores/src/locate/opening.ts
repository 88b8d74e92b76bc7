import type { Clock } from '@rekey/secret'
import type { VaultSession } from '../vault/index.ts'

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What a source needs in order to be opened. */
export interface LocateOptions {
  /** The conventional variables of the stores (`VAULT_ADDR`, `AWS_REGION`, `KUBECONFIG`, …), and for `env` the secrets. */
  readonly env: Variables
  readonly clock?: Clock
  /** Refuses sources that are for development, also inside a sources file. Default false. */
  readonly production?: boolean
  /** Told what a store does by itself, such as logins and renewals. */
  readonly onEvent?: (event: { readonly type: string }) => void
  /** The first login to Vault comes after a random part of this. Default 1,000. */
  readonly startJitterMs?: number
}

/** One act of opening a source, with what belongs to it until it is disposed. */
export class Opening implements AsyncDisposable {
  readonly options: LocateOptions
  readonly #disposals: (() => PromiseLike<void>)[] = []
  #session: Promise<VaultSession> | undefined

  constructor(options: LocateOptions) {
    this.options = options
  }

  /** Disposes `resource` together with this, before everything that was there earlier. */
  own<T extends object>(resource: T): T {
    if (isDisposable(resource)) this.#disposals.push(resource[Symbol.asyncDispose].bind(resource))
    return resource
  }

  /** The one session that all sources in Vault share. */
  session(open: (options: LocateOptions) => Promise<VaultSession>): Promise<VaultSession> {
    this.#session ??= open(this.options).then((session) => this.own(session))
    return this.#session
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let last = this.#disposals.pop(); last !== undefined; last = this.#disposals.pop()) {
      await last()
    }
  }
}

function isDisposable(resource: object): resource is AsyncDisposable {
  return Symbol.asyncDispose in resource
}
