import type { Secret } from '@rekey/secret'

/** One request to Vault's HTTP API. */
export interface VaultRequest {
  readonly method: 'GET' | 'LIST' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Without `/v1/`, each segment percent-encoded; a query is part of it: `secret/data/rekey/KEY?version=2`. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Exactly this token, or none. Absent: the connection's own, if it has one. */
  readonly token?: Secret | 'none'
  /** Asks for the answer wrapped in a token that lives this long (rounded up to seconds). */
  readonly wrapTtlMs?: number
  /**
   * Whether the request may reach Vault twice. Default: for GET and LIST. Must be `false` for what mints, such as
   * `database/creds/ROLE`, a login or an unwrapping: it is then repeated only after an answer, or the lack of a connection,
   * that proves that Vault did nothing.
   */
  readonly repeatable?: boolean
  readonly signal?: AbortSignal
}

/** What Vault answered to a request that it carried out. Nothing of its texts is in here. */
export interface VaultAnswer {
  /** 200, 202 or 204. */
  readonly status: number
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly auth?: VaultAuth
  readonly wrapInfo?: VaultWrapInfo
  /** Absent where there is no lease. */
  readonly leaseId?: string
  readonly leaseDurationMs?: number
  readonly renewable?: boolean
  readonly warningCount: number
  /** Whether a warning says that a TTL was cut down to what the maximum leaves. */
  readonly capped: boolean
}

/** A login's token. */
export interface VaultAuth {
  readonly clientToken: Secret
  readonly accessor: string
  /** 0 for a token that does not expire. */
  readonly leaseDurationMs: number
  readonly renewable: boolean
  readonly tokenType: string
  readonly policies: readonly string[]
  /** 0 for any number. */
  readonly numUses: number
}

/** The envelope of a wrapped answer. */
export interface VaultWrapInfo {
  readonly token: Secret
  readonly accessor: string
  readonly ttlMs: number
  readonly creationTime: string
  readonly creationPath: string
}

/** A way to ask Vault: the bare client, or a session that adds its token. */
export interface VaultConnection {
  /** `https://vault.example:8200` */
  readonly address: string
  /**
   * Throws a `SecretError` that says why by `details.reason` (see `VaultReason`), or the reason of the request's signal.
   */
  request(request: VaultRequest): Promise<VaultAnswer>
}
