import type { SecretErrorCode } from '@rekey/secret/internal'
import type { Canary } from './canary.ts'

/** What a process of its own is told to do, and must fail at. Travels to it as a message, never as an argument. */
export interface Job {
  /** What `openSource` or `openStore` takes; `memory`, for a store in memory that has `held`. */
  readonly locator: string
  /** The variables of the store; not those of the process. */
  readonly env?: Readonly<Record<string, string>>
  readonly production?: boolean
  /** Variables of the process itself. Only paths and addresses: everybody may see them. */
  readonly ownEnv?: Readonly<Record<string, string>>
  /** What a memory store holds. */
  readonly held?: Readonly<Record<string, string>>
  /** The name of a row of the child's table. */
  readonly act: string
  /** The secret that it is done to. */
  readonly name?: string
  readonly value?: string
  /** For a service with a sealed last-good snapshot. */
  readonly lastGood?: { readonly path: string; readonly key: string; readonly maxAgeMs?: number }
}

/** A job, and what must not be seen of it. */
export interface Provocation {
  readonly job: Job
  readonly canaries: readonly Canary[]
}

/** One way for a store to fail. */
export interface ErrorPath<Fixture> {
  /** How it fails, so that a path that fails for another reason is noticed. `none`: it does not, and shows nothing all the same. */
  readonly code: SecretErrorCode | 'startup-refused' | 'none'
  /** `details.reason`, where the error says one. */
  readonly reason?: string
  readonly provoke: (fixture: Fixture) => Provocation | Promise<Provocation>
}

/** All of one store, by what goes wrong. */
export type ErrorPaths<Fixture> = Readonly<Record<string, ErrorPath<Fixture>>>
