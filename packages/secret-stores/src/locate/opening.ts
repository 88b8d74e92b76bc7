import type { Clock, DisposalStack } from '@rekey/secret'
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

/** One act of opening a source, and the stack of what belongs to it. */
export class Opening {
  readonly options: LocateOptions
  readonly #stack: DisposalStack
  #session: Promise<VaultSession> | undefined

  constructor(options: LocateOptions, stack: DisposalStack) {
    this.options = options
    this.#stack = stack
  }

  /** Disposes `resource` together with all that is opened here, in the reverse order. */
  own<T extends object>(resource: T, name: string): T {
    return isDisposable(resource) ? this.#stack.use(resource, name) : resource
  }

  /** The one session that all sources in Vault share. */
  session(open: (options: LocateOptions) => Promise<VaultSession>): Promise<VaultSession> {
    this.#session ??= open(this.options).then((session) => this.own(session, 'session of Vault'))
    return this.#session
  }
}

function isDisposable(resource: object): resource is AsyncDisposable {
  return Symbol.asyncDispose in resource
}
