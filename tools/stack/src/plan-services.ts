import type { Replica } from '@rekey/secret/kind'
import type { CaPlace } from './prepare-secrets.ts'
import { TLS_SERVICES } from './reference-family.ts'

/** Inputs of the plan. */
export interface PlanInput {
  /** Two for frontend, then two for each replica of the others, and for one more of each that comes and goes. */
  readonly ports: readonly number[]
  readonly replicas: number
}

/** Who runs where, decided before anything is started. */
export interface ServicePlan {
  readonly frontend: PlannedReplica
  /** One of each other service, which come and go; those below stay. */
  readonly visitors: readonly PlannedReplica[]
  readonly signing: readonly PlannedReplica[]
  readonly certtransparency: readonly PlannedReplica[]
}

/** A replica and the ports that it listens on. */
export interface PlannedReplica extends Replica {
  readonly env: Readonly<Record<string, string>>
}

/** The client that frontend is at the identity provider. */
export const CLIENT_ID = 'frontend'

/** Gives every replica its addresses. */
export function planServices({ ports, replicas }: PlanInput): ServicePlan {
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
    visitors: [place('signing'), place('certtransparency')],
  }
}

/** Returns how many free ports {@link planServices} takes. */
export function portsFor(replicas: number): number {
  return 2 + 4 * (replicas + 1)
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
}

/**
 * The processes in the order of starting, each after the one it calls, and those that come and go. Callers use the first replica of
 * whom they call.
 */
export function processesOf(
  { frontend, signing, certtransparency, visitors }: ServicePlan,
  { issuer, ca, noticesUrl, trustFile, logVerifierKey, vpnServer }: OuterPlaces,
): { readonly staying: PlannedReplica[]; readonly visiting: PlannedReplica[] } {
  const forSigning = {
    CA_DIRECTORY: ca.directory,
    CRL_DIRECTORY: ca.listDirectory,
    CERTTRANSPARENCY_URL: certtransparency[0]?.url ?? '',
    LOG_VERIFIER_KEY: logVerifierKey,
  }
  const forFrontend = {
    PUBLIC_URL: frontend.url,
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_TRUST_FILE: trustFile,
    NOTICES_URL: noticesUrl,
    NOTICES_TRUST_FILE: trustFile,
    SIGNING_URL: signing[0]?.url ?? '',
    CA_CERTIFICATES_FILE: ca.certificatesFile,
    LOG_VERIFIER_KEY: logVerifierKey,
    VPN_SERVER: vpnServer ?? 'udp://localhost:1194',
    // The load asks for thousands, for one person.
    CERTIFICATES_PER_DAY: '1000000',
  }
  const envs = new Map<string, Readonly<Record<string, string>>>([
    ['certtransparency', { CA_CERTIFICATES_FILE: ca.certificatesFile }],
    ['signing', forSigning],
    ['frontend', forFrontend],
  ])
  const withEnv = (replica: PlannedReplica): PlannedReplica => ({
    ...replica,
    env: { ...replica.env, ...envs.get(replica.service) },
  })
  return {
    staying: [...certtransparency, ...signing, frontend].map(withEnv),
    visiting: visitors.map(withEnv),
  }
}
