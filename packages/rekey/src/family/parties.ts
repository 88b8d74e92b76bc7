import type { FamilyDeclaration } from './schema.ts'

/** The parts of a declaration that name the holders of a secret. */
export type Holdings = Pick<
  FamilyDeclaration,
  'services' | 'secrets' | 'databases' | 'clients' | 'providers'
>

/** One secret of a family by its kind and its parties. */
export interface PartiesOfSecret {
  readonly kind: string
  /** The service that holds it, and the name of the secret if the service has several; of a call, sender and receiver. */
  readonly parties: readonly string[]
  /** The declaration of it, for its kind; absent where only its parties are declared. */
  readonly entry: unknown
}

/** One secret in `secrets` of a declaration: its parties, or an object with what its kind asks for. */
type SecretEntry = NonNullable<FamilyDeclaration['secrets']>[string][number]

/** Returns the parties of one entry: `SERVICE`, `SERVICE:NAME`, `SENDER:RECEIVER`, or an object with `service` and `name`. */
export function partiesOf(entry: SecretEntry): string[] {
  if (typeof entry === 'string') return entry.split(':')
  return [entry.service, ...(entry.name === undefined ? [] : [entry.name])]
}

/** Every secret that the services of a family hold, in the order of the declaration. */
export function listParties(family: Holdings): PartiesOfSecret[] {
  const { secrets = {}, databases = [], clients = [], providers = {} } = family
  return [
    ...Object.entries(secrets).flatMap(([kind, all]) =>
      all.map((entry) => ({
        kind,
        parties: partiesOf(entry),
        entry: typeof entry === 'string' ? undefined : entry,
      })),
    ),
    ...databases.map((entry) => ({ kind: 'database', parties: [entry.service], entry })),
    ...clients.map((client) => {
      const { service, provider: label = 'main' } = client
      const provider = Object.hasOwn(providers, label) ? providers[label] : undefined
      return { kind: 'oidc-client', parties: [service], entry: { ...client, provider } }
    }),
  ]
}

/** Whether a secret belongs to a call from one service of the family to another: then both hold it. */
export function isCall(
  { services }: Holdings,
  { parties }: Pick<PartiesOfSecret, 'parties'>,
): boolean {
  return parties.length === 2 && parties.every((party) => services.includes(party))
}
