import type { RotationParts } from '@rekey/secret/internal/kind'
import type { DeclaredSecret, RotationKind } from '@rekey/secret/kind'
import { type Acting, stepsOf } from './acting.ts'
import { type Given, WAITS } from './kind-world.ts'
import type { Network } from './network.ts'

/** The part of a kind that makes the rotation of a secret which a family declares. */
export interface DeclaredKind {
  rotationOf(
    declared: DeclaredSecret<never>,
    parts: RotationParts,
  ): RotationKind | Promise<RotationKind>
}

/** A secret as a family declares it. */
interface Declared {
  readonly name: string
  readonly parties: readonly string[]
  readonly entry: object | undefined
}

const nothing = () => {
  throw new TypeError('the world has none')
}

/** The rotation of a secret as one process has it. */
export async function rotationBy(
  as: Acting,
  kind: DeclaredKind,
  { entry, ...declared }: Declared,
  { network, ...given }: Given & { readonly network: Network },
): Promise<RotationKind> {
  const asked = network.fetchOf(as.process)
  const fetch: typeof asked = (...call) => as.process.request(() => asked(...call))
  const rest = { nonProduction: true, journal: 'store', sqlPool: nothing, nameOf: nothing, fetch }
  // The schema of the kind is that of the entry.
  const typed = { ...declared, entry: entry as never }
  return stepsOf(as, await kind.rotationOf(typed, { ...WAITS, ...given, ...rest }))
}
