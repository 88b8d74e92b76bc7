import type { Replica } from '@rekey/secret/internal/kind'
import type { CaPlace } from './prepare-secrets.ts'
import { TLS_SERVICES } from './reference-family.ts'

/** Inputs of the plan. */
export interface PlanInput {
  /** As many as {@link portsFor} returns. */
  readonly ports: readonly number[]
  readonly replicas: number
  readonly columns: number
}

/** Who runs where, decided before anything is started. */
export interface ServicePlan {
  readonly frontend: PlannedReplica
  readonly signing: readonly PlannedReplica[]
  readonly certtransparency: readonly PlannedReplica[]
  /** They come and go, one of each service together, in the order of starting; those above stay. */
  readonly columns: readonly (readonly PlannedReplica[])[]
}

/** A replica and the ports that it listens on. */
export interface PlannedReplica extends Replica {
  readonly env: Readonly<Record<string, string>>
}

/** The client that frontend is at the identity provider. */
export const CLIENT_ID = 'frontend'

/** Gives every replica its addresses. */
export function planServices({ ports, replicas, columns }: PlanInput): ServicePlan {
  const left = [...ports]
  const place = (service: string): PlannedReplica => {
    const [port = 0, healthPort = 0] = left.splice(0, 2)
    return {
      service,
      url: `${TLS_SERVICES.includes(service) ? 'https' : 'http'}://127.0.0.1:${port}`,
      healthUrl: `http://127.0.0.1:${healthPort}`,
      env: { PORT: String(port), HEALTH_PORT: String(healthPort) },
    }
  }
  const placeAll = (service: string) => Array.from({ length: replicas }, () => place(service))
  return {
    frontend: place('frontend'),
    signing: placeAll('signing'),
    certtransparency: placeAll('certtransparency'),
    columns: Array.from({ length: columns }, () =>
      ['certtransparency', 'signing', 'frontend'].map(place),
    ),
  }
}

/** Returns how many free ports {@link planServices} takes. */
export function portsFor({ replicas, columns }: Omit<PlanInput, 'ports'>): number {
  return 2 + 4 * replicas + 6 * columns
}

/** Returns the address of each frontend, of those that come and go too. */
export function frontendsOf({ frontend, columns }: ServicePlan): string[] {
  const all = [frontend, ...columns.flat()]
  return all.filter(({ service }) => service === 'frontend').map(({ url }) => url)
}

/** Every replica that stays, as a rotation needs to know it. */
export function fleetOf({ frontend, signing, certtransparency }: ServicePlan): readonly Replica[] {
  const replicas = [...certtransparency, ...signing, frontend]
  return replicas.map(({ service, url, healthUrl }) => ({ service, url, healthUrl }))
}

/** Where the services find the CA, and what is outside the family. */
interface OuterPlaces {
  readonly issuer: string
  readonly ca: CaPlace
  readonly noticesUrl: string
  /** The root of the identity provider and of the third party. */
  readonly trustFile: string
  readonly logVerifierKey: string
  /** Where profiles have clients connect. Default `udp://localhost:1194`: no VPN server is part of the stack. */
  readonly vpnServer?: string | undefined
  /** Where VPN servers record uses. Default: nowhere. */
  readonly vpnUsesFiles?: string | undefined
}

/**
 * The processes in the order of starting, each after the one it calls, and the columns that come and go. Callers use the first replica
 * of whom they call, in a column the one of that column.
 */
export function processesOf(
  { frontend, signing, certtransparency, columns }: ServicePlan,
  outer: OuterPlaces,
): { readonly staying: PlannedReplica[]; readonly visiting: PlannedReplica[][] } {
  const among =
    (called: readonly PlannedReplica[]) =>
    (replica: PlannedReplica): PlannedReplica =>
      withEnv(replica, called, outer)
  const all = [...certtransparency, ...signing, frontend]
  return {
    staying: all.map(among(all)),
    visiting: columns.map((column) => column.map(among(column))),
  }
}

function withEnv(
  replica: PlannedReplica,
  called: readonly PlannedReplica[],
  { issuer, ca, noticesUrl, trustFile, logVerifierKey, vpnServer, vpnUsesFiles }: OuterPlaces,
): PlannedReplica {
  const urlOf = (name: string) => called.find(({ service }) => service === name)?.url ?? ''
  const forSigning = {
    CA_DIRECTORY: ca.directory,
    CRL_DIRECTORY: ca.listDirectory,
    CERTTRANSPARENCY_URL: urlOf('certtransparency'),
    LOG_VERIFIER_KEY: logVerifierKey,
    // The load asks for thousands.
    CERTIFICATES_PER_DAY: '1000000',
  }
  const forFrontend = {
    PUBLIC_URL: replica.url,
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_TRUST_FILE: trustFile,
    NOTICES_URL: noticesUrl,
    NOTICES_TRUST_FILE: trustFile,
    SIGNING_URL: urlOf('signing'),
    CA_CERTIFICATES_FILE: ca.certificatesFile,
    LOG_VERIFIER_KEY: logVerifierKey,
    VPN_SERVER: vpnServer ?? 'udp://localhost:1194',
    ...(vpnUsesFiles !== undefined && { VPN_USES_FILES: vpnUsesFiles }),
    // The load asks for thousands, for one person.
    CERTIFICATES_PER_DAY: '1000000',
  }
  const envs = new Map<string, Readonly<Record<string, string>>>([
    ['certtransparency', { CA_CERTIFICATES_FILE: ca.certificatesFile }],
    ['signing', forSigning],
    ['frontend', forFrontend],
  ])
  return { ...replica, env: { ...replica.env, ...envs.get(replica.service) } }
}
