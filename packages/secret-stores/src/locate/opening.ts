import { type Clock, type DisposalStack, SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/files'
import type { VaultSession } from '../vault/index.ts'

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

/** The options of `openSource` and `openStore`. */
export interface LocateOptions {
  /** The conventional variables of the stores (`VAULT_ADDR`, `AWS_REGION`, `KUBECONFIG`, …), and for `env` the secrets. */
  readonly env: Variables
  readonly clock?: Clock
  /** Refuses sources that are for development, also inside a sources file. Default false. */
  readonly production?: boolean
  /** Called for what a store does by itself, such as logins and renewals. */
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

const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/**
 * Imports an adapter whose driver is an optional peer.
 *
 * @param peer the npm package of the driver
 * @throws {SecretError} `unreachable` if it is not installed, with the command that installs it
 */
export async function importAdapter<T>(peer: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error) || !NOT_FOUND.includes(errnoOf(error))) throw error
    if (!error.message.includes(`'${peer}'`)) throw error
    throw new SecretError(
      'unreachable',
      `the package ${peer} is needed for that source and not installed: npm install ${peer}`,
      { package: peer },
    )
  }
}
