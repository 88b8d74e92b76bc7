import type { RotationOptions } from '@rekey/rotation'
import type { SecretStore } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import type { Mortal } from './mortal.ts'

/** Opens the store of a fixture, with its first versions. */
export type OpenStore = (
  first: Readonly<Record<string, string>>,
) => SecretStore | Promise<SecretStore>

/** What one rotator works with. */
export interface FixtureRotator {
  readonly kind: RotationKind
  readonly options: RotationOptions
  close?(): Promise<void>
}

/** One secret in use, whose rotators can be killed. */
export interface RotationFixture {
  /** A rotator all of whose calls pass through `mortal`. */
  rotator(mortal: Mortal): Promise<FixtureRotator>
  /** Lets the lease of a dead rotator run out. */
  expireLease(): Promise<void>
  /** Throws unless there is one version, accepted alone, and nobody was refused; `cutsOff`: save by being cut off. */
  check(cutsOff: boolean): Promise<void>
  close(): Promise<void>
}
