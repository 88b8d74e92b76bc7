import type { ServiceDefinition } from '@rekey/config-loader'
import type { SecretAccess } from '@rekey/secret/internal'
import type { SecretSpec } from '@rekey/secret'
import type { Family } from '../schema.ts'
import { type FamilySecret, secretsOf } from '../family-secrets.ts'

/** The secrets that one service declares, and the file that declares them. */
export interface DeclaredSecrets extends Pick<ServiceDefinition, 'name' | 'secrets'> {
  /** Relative to the top of the work tree. */
  readonly file: string
}

/** Where two declarations contradict each other. */
export interface ContradictionPlace {
  readonly file: string
  /** The part of the file: `secrets.oidc`. */
  readonly part?: string
}

/** A service definition and a family that do not fit together. */
export interface Contradiction {
  readonly rule: string
  readonly where: ContradictionPlace
  readonly why: string
  readonly fix: string
}

/** One secret of one service, as its definition declares it. */
export interface ServiceSecret {
  readonly service: string
  readonly where: ContradictionPlace
  readonly spec: SecretSpec
  readonly storeName: string
  /** The call that it is a key for, `frontend→signing`; absent for a secret that belongs to no call. */
  readonly call: string | undefined
}

/** Grants of the family, as the rules compare them. */
export interface GrantedAccess {
  readonly family: Family
  /** The file that declares the family. */
  readonly file: string
  readonly secrets: readonly FamilySecret[]
  /** Each call with a key of its own: `frontend→signing`. */
  readonly calls: readonly (readonly [sender: string, receiver: string])[]
}

/** A rule over all secrets of all services. */
export type AccessRule = (held: readonly ServiceSecret[], granted: GrantedAccess) => Contradiction[]

/** Derives from a family what its services may hold. */
export function grantedBy(family: Family, file: string): GrantedAccess {
  const secrets = secretsOf(family)
  const calls = secrets
    .filter(({ holders }) => holders.length === 2)
    .map(({ parties: [sender = '', receiver = ''] }) => [sender, receiver] as const)
  return { family, file, secrets, calls }
}

/** The secrets that a service declares. */
export function serviceSecretsOf({ file, name, secrets }: DeclaredSecrets): ServiceSecret[] {
  return Object.entries(secrets).map(([key, spec]) => ({
    service: name,
    where: { file, part: `secrets.${key}` },
    spec,
    storeName: spec.nameFor(name),
    call: callOf(name, spec.access),
  }))
}

function callOf(service: string, access: SecretAccess): string | undefined {
  if (access.end === 'owner') return undefined
  return access.end === 'sender' ? `${service}→${access.peer}` : `${access.peer}→${service}`
}
