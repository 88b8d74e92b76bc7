import type { DatabaseCredentials } from '@rekey/db-pool-rotator'
import type { DisposalStack, SecretStore } from '@rekey/secret'
import type { AwsServer, Kubernetes, Vault } from '@rekey/testbed'

/** The stores for the secrets of a stack. */
export const STORE_KINDS = ['dotenv', 'vault', 'aws', 'kubernetes'] as const

/** One of {@link STORE_KINDS}. */
export type StoreKind = (typeof STORE_KINDS)[number]

/** Where secrets are, and how one reader or writer gets in. Holds no secret: credentials are in files of mode 600. */
export interface StorePlace {
  /** As in `REKEY_SECRETS`: `vault:secret/vpn`. */
  readonly locator: string
  /** The variables that the store's own client reads: `VAULT_ADDR`, `KUBECONFIG`, … */
  readonly variables: Readonly<Record<string, string | FileVariable>>
}

/** A variable whose value is what the file holds. */
interface FileVariable {
  readonly file: string
}

/** The place of a service's secrets. All its variables are of its own environment, so none is a secret. */
export interface ServicePlace extends StorePlace {
  readonly variables: Readonly<Record<string, string>>
}

/** The server that the store is on, for those who want to see it fail. */
interface StoreServers {
  readonly vault?: Vault
  readonly aws?: AwsServer
  readonly kubernetes?: Kubernetes
}

/** The store of a stack, with an access for each process that needs one, each with no more rights than that. */
export interface StackStore {
  readonly kind: StoreKind
  /** The name in progress and report: `Vault 1.21.4`. */
  readonly title: string
  readonly servers: StoreServers
  /** The environment that its values are made for. */
  readonly environment: 'development' | 'production'
  /** With every right, for the one who puts the first versions there. */
  readonly admin: SecretStore
  /** The rotator's way in. */
  readonly rotator: StorePlace
  /** The way in of the processes of a service. Ask once the secrets are there. */
  placeFor(service: string): Promise<ServicePlace>
  /** Only where the store can make database logins by itself. */
  readonly lending?: Lending
}

/** How a store makes database logins by itself. */
export interface Lending {
  /** No login lives longer. */
  readonly maxTtlMs: number
  /** From now on it makes those of the services, with the login of a lender. */
  begin(lender: DatabaseCredentials, services: readonly string[]): Promise<void>
}

/** Options of a store. */
export interface StackStoreOptions {
  /** Of the stack, for this user only: credentials go here. */
  readonly directory: string
  /** Called with the name of each part that is started. */
  readonly onProgress: (what: string) => void
  /** Takes the servers and sessions of the store. */
  readonly own: DisposalStack
}

/** Opens one kind of store. */
export type OpenStackStore = (options: StackStoreOptions) => Promise<StackStore>
