import type { FamilyDeclaration } from './family.ts'

/** The parts of a declaration that say who holds what. */
export type Holdings = Pick<FamilyDeclaration, 'services' | 'secrets' | 'databases' | 'clients'>

/** One secret of a family by its kind and its parties. */
export interface PartiesOfSecret {
  readonly kind: string
  /** The service that holds it; of a call, sender and receiver. */
  readonly parties: readonly string[]
}

/** Every secret that the services of a family hold, in the order of the declaration. */
export function listParties(family: Holdings): PartiesOfSecret[] {
  const { secrets = {}, databases = [], clients = [] } = family
  const owned = (kind: string) => {
    return ({ service }: { service: string }): PartiesOfSecret => ({ kind, parties: [service] })
  }
  return [
    ...Object.entries(secrets).flatMap(([kind, all]) =>
      all.map((parties) => ({ kind, parties: parties.split(':') })),
    ),
    ...databases.map(owned('database')),
    ...clients.map(owned('oidc-client')),
  ]
}

/** Whether a secret belongs to a call from one service of the family to another: then both hold it. */
export function isCall({ services }: Holdings, { parties }: PartiesOfSecret): boolean {
  return parties.length === 2 && parties.every((party) => services.includes(party))
}
