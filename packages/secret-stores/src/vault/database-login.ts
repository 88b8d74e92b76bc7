import type { Clock, StagedSecret } from '@rekey/secret'
import type { VaultSession } from './open-vault-session.ts'
import type { Random } from './renewal-plan.ts'
import type { TellVault } from './vault-event.ts'

/** A database login that Vault makes or rotates, under the name of one secret. */
export interface DatabaseLogin {
  /** The login in hand; the first read gets it. */
  read(): Promise<StagedSecret>
  /** Nobody in this process uses that version any more. */
  released(version: string): Promise<void>
  /** The database refused that version. */
  rejected(version: string): Promise<void>
  /** Gives back what it holds, and ends. What fails is told. */
  close(): Promise<void>
}

/** What a {@link DatabaseLogin} is made of. */
export interface DatabaseLoginOptions {
  readonly name: string
  /** The path that gives it, such as `database/creds/frontend`. */
  readonly path: string
  /** Makes the text of the secret. */
  readonly format: (data: Readonly<Record<string, unknown>>) => string
  readonly session: VaultSession
  /** Called when the next read may give something else. */
  readonly changed: () => void
  readonly tell: TellVault
  readonly clock: Clock
  readonly random: Random
}
