import type { Clock, SecretSource } from '@rekey/secret'
import type { StoreDefinition } from '@rekey/secret/internal'
import type { SecretPolicy } from '@rekey/secret/internal'
import type { SecretSpecs } from './define-service.ts'
import type { HoldSecret } from './held-secret.ts'
import type { EnvironmentVariables } from './environment.ts'
import type { EmitEvent } from './follow/loader-event.ts'
import type { LastGoodOptions } from './last-good/last-good.ts'

/** Options of `loadService`. */
export interface LoadOptions<Specs extends SecretSpecs = SecretSpecs, Settings = never> {
  /** `process.env`, handed over by `main.ts`. */
  readonly env: EnvironmentVariables
  /** Used instead of the source that `REKEY_SECRETS` names. Its opener disposes it. */
  readonly source?: SecretSource
  /** Stores that `REKEY_SECRETS` may name, beside the built-in ones. */
  readonly stores?: readonly StoreDefinition[]
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** How long reading one secret may take, and as long again probing it. Default 10,000. */
  readonly probeTimeoutMs?: number
  /** How old secrets may be: of all of them, and by the service's names for them. A sources file has the last word. */
  readonly policy?: SecretPolicy
  /** How old single secrets may be, by the service's names for them; precedes `policy`. */
  readonly policies?: { readonly [Key in keyof Specs]?: SecretPolicy }
  /**
   * Starts, for each secret that this process must not have, the process that reads, proves and holds it. This process reads it
   * only where its settings are wrong, and so ends at once. Its live secret here has no value.
   */
  readonly heldBy?: { readonly [Key in keyof Specs]?: HoldSecret<Settings> }
  /**
   * The source is opened after a random part of this, so that replicas that start together do not ask it together.
   * Default: `REKEY_START_SPREAD_MS`, or 0.
   */
  readonly startSpreadMs?: number
  /**
   * Keeps the last good values, sealed, for a start while the source is unreachable. Default: what `REKEY_LAST_GOOD` (a path)
   * and `REKEY_LAST_GOOD_KEY` or `REKEY_LAST_GOOD_KEY_FILE` set, or nothing.
   */
  readonly lastGood?: LastGoodOptions
  /** Called with each event of the secrets, also while they are loaded; must be quick and must not throw. */
  readonly onEvent?: EmitEvent
  /** Gives numbers in [0, 1), for whatever is spread at random. Default `Math.random`. */
  readonly random?: () => number
}
