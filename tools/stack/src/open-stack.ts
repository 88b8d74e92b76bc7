import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Deployment, type Family, parseDeployment } from '@rekey/rekey/internal'
import { type DisposalStack, openTogether, type Secret, type SecretStore } from '@rekey/secret'
import { findFreePorts, openPostgres, type Postgres } from '@rekey/testbed'
import type { ChildService } from './child-service.ts'
import { openClientFetch } from './client-fetch.ts'
import { openStoreOf } from '@rekey/rekey/internal/rotator'
import { describeIdentities } from './describe-identities.ts'
import { envFileOf } from './env-file-of.ts'
import { openProvider, type ProviderOptions } from './open-provider.ts'
import { type OperatorLogin, planOperatorLogin } from './operator-login.ts'
import { type Autoscaler, createAutoscaler } from './autoscaler.ts'
import { createLiarHost, type LiarHost } from './chaos/liar.ts'
import {
  fleetOf,
  frontendsOf,
  planServices,
  type PlannedReplica,
  portsFor,
  processesOf,
} from './plan-services.ts'
import { prepareDatabases } from './prepare-databases.ts'
import { createPublicRoot, type PublicRoot } from './public-root.ts'
import { prepareCa, storeSecrets } from './prepare-secrets.ts'
import {
  DATABASE_SERVICES,
  integrationsAt,
  lendingDatabases,
  REFERENCE,
  sessionsOf,
  writeKinds,
} from './reference-family.ts'
import {
  createStackDirectory,
  publishStack,
  removeStackDirectory,
} from '@rekey/rekey/internal/stacks'
import { createServiceStarter, type StartOptions } from './start-services.ts'
import { type NoticeCounts, openThirdParty, type ThirdParty } from './third-party.ts'
import { openStackStore } from './stores/open-stack-store.ts'
import type { Lending, StackStore, StoreKind } from './stores/stack-store.ts'

/** The reference family, running. */
export interface Stack extends AsyncDisposable {
  /** The family, as a rotator needs it. */
  readonly family: StackDeployment
  readonly directory: string
  /** The keystore of the issuing CA. */
  readonly caDirectory: string
  /** With the rights of the rotator. */
  readonly store: SecretStore
  /** The store with an access for each process. */
  readonly storage: StackStore
  /** Only if the database logins are the store's own, which are not rotated. */
  readonly lending: Lending | undefined
  readonly postgres: Postgres
  readonly services: readonly ChildService[]
  /** Lets more replicas come and go, if that was asked for. */
  readonly autoscaler: Autoscaler | undefined
  /** Lets a replica lie, if that was asked for. */
  readonly liarHost: LiarHost | undefined
  readonly frontendUrl: string
  /** How operators log in to its console, if that was asked for. */
  readonly operatorLogin: OperatorLogin | undefined
  /** PEM of the root that clients of the services trust. */
  readonly trust: string
  /** Calls frontend as a client that trusts this root alone there, and follows to the identity provider. */
  readonly fetch: typeof fetch
  readonly logDirectory: string
  /** The notices of frontend that came to the third party. */
  notices(): NoticeCounts
  close(): Promise<void>
}

/** How to open a stack. */
export interface StackOptions {
  /** Called with the name of each part that is started. */
  readonly onProgress?: (what: string) => void
  readonly signal?: AbortSignal
  /** How long an old API key must be silent before it is removed. Default 1,000. */
  readonly validationMs?: number
  /** How many processes of signing and of certtransparency. Default 1. */
  readonly replicas?: number
  /** How many columns, of one replica of each service, come and go while {@link Stack.autoscaler} runs. Default: none do. */
  readonly autoscale?: number
  /** A replica that lies can be started by {@link Stack.liarHost}, which only `dotenv` has. Default: none can. */
  readonly lies?: boolean
  /** For how long sessions of frontend may be used that were signed with an old secret. Default 5,000, with lies 30,000. */
  readonly sessionLifeMs?: number
  /** Operators can log in to its console at its identity provider, and rotate. Default: every browser on this machine sees it. */
  readonly allowRotate?: boolean
  /** The store of the secrets. Default `dotenv`. */
  readonly store?: StoreKind
  /** Database logins are made and ended by the store itself, which only `vault` can. Default: they are rotated. */
  readonly dynamic?: boolean
  /** The server of the databases, which the caller closes after the stack. Default: one of its own. */
  readonly postgres?: Postgres
  /** The file of the key with which services sign their reports. Default: none, and they do not. */
  readonly healthKeyFile?: string
  /** `NODE_OPTIONS` of the services, such as a module to load before each. Default: none. */
  readonly nodeOptions?: string
  /** Keeps the root of the CA, in `ca-root`, under this passphrase. Default: its key is thrown away. */
  readonly rootPassphrase?: Secret
  /** Where VPN profiles have clients connect. Default `udp://localhost:1194`. */
  readonly vpnServer?: string
  /** The files in which VPN servers record uses, with commas between. Default: none, and the portal shows no uses. */
  readonly vpnUsesFiles?: string
}

/** Two pools of at most ten. */
const CONNECTIONS_OF_COLUMN = 20

/** How long a person of the load may take between two requests: no request takes longer, else the run fails. Faults take more. */
const LIFE_MS = 5_000
const LIES_LIFE_MS = 30_000

/** A service has 12 seconds to stop before it is killed. */
const CLOSE_LIMIT_MS = 30_000

/**
 * Boots the whole family on this machine: a real PostgreSQL, a real identity provider, the server of the store, and each service as
 * a process of its own. Everything lives in one temporary directory and ends with this process.
 *
 * @throws {Error} with the command that installs the server of the store, if it is not here
 */
export function openStack(options: StackOptions = {}): Promise<Stack> {
  return openTogether((own) => bootStack(options, own), { limitMs: CLOSE_LIMIT_MS })
}

interface VisitorOptions {
  readonly autoscale?: number
  readonly lies?: boolean
  readonly directory: string
}

function vpnOf({ vpnServer, vpnUsesFiles }: StackOptions) {
  return { vpnServer, vpnUsesFiles }
}

async function bootStack(options: StackOptions, own: DisposalStack): Promise<Stack> {
  const { onProgress, signal, validationMs = 1_000, replicas = 1 } = options
  const { store: kind = 'dotenv', dynamic = false, allowRotate = false } = options
  const progress = (what: string) => {
    signal?.throwIfAborted()
    onProgress?.(what)
  }
  const directory = await ownDirectory(own)
  const storage = await openStackStore(kind, { directory, onProgress: progress, own })

  progress('PostgreSQL')
  const columns = columnsOf(options)
  const postgres = options.postgres ?? own.use(await openServer(columns), 'PostgreSQL')

  progress(`databases, CA, and secrets in ${storage.title}`)
  const logVerifierKey = await layOut(storage, postgres, dynamic)
  const ca = await prepareCa(directory, storage, options.rootPassphrase)
  const plan = await planOnFreePorts({ replicas, columns })
  const [frontendUrl, frontendUrls] = [plan.frontend.url, frontendsOf(plan)]

  progress('identity provider')
  const others = { frontendUrls, store: storage.admin, directory, allowRotate }
  const { provider, thirdParty, root, operatorLogin } = await openOthers(others, own)
  const [{ noticesUrl, adapterUrl }, trustFile] = [thirdParty, root.file]
  const logs = await makeLogDirectories(directory)
  const processes = processesOf(plan, {
    issuer: provider.issuer,
    ca,
    noticesUrl,
    trustFile,
    logVerifierKey,
    ...vpnOf(options),
  })
  const starting = { ...options, directory, storage, ...logs, onProgress: progress }
  const { found, ...running } = await startAll(processes, starting, own)

  const { trust, directory: caDirectory } = ca
  const about = { fleet: [...fleetOf(plan), ...found], providers: { main: provider }, validationMs }
  const outer = { trust, adapterUrl, trustFile }
  const kinds = [await writeKinds(directory)]
  const { sessionLifeMs: lifeMs = options.lies ? LIES_LIFE_MS : LIFE_MS } = options
  const family = { ...deploymentOf(about, { storage, dynamic, lifeMs, ...logs, ...outer }), kinds }
  await publishStack(directory, family)
  const store = own.use(await openStoreOf(family), 'store of the rotator')
  const places = { directory, caDirectory, store, storage, postgres, ...running }
  const fetch = await openClientFetch({ frontendUrls, trust, publicRoot: root.pem }, own)
  const close = () => own.dispose()
  const rest = { frontendUrl, operatorLogin, trust, fetch, close, [Symbol.asyncDispose]: close }
  const lending = dynamic ? storage.lending : undefined
  return { ...places, lending, family, ...logs, ...rest, notices: () => thirdParty.counts() }
}

/** A replica that lies takes the place of one. */
function columnsOf({ autoscale = 0, lies = false }: StackOptions): number {
  return Math.max(autoscale, lies ? 1 : 0)
}

/** With connections for what comes and goes too. */
function openServer(columns: number): Promise<Postgres> {
  return openPostgres({ settings: { max_connections: 100 + columns * CONNECTIONS_OF_COLUMN } })
}

async function planOnFreePorts(size: Parameters<typeof portsFor>[0]) {
  return planServices({ ...size, ports: await findFreePorts(portsFor(size)) })
}

/** Starts what stays, and makes ready what comes and goes if that is asked for, with the entries of `fleet` that find it. */
async function startAll(
  { staying, visiting: columns }: ReturnType<typeof processesOf>,
  { autoscale = 0, lies = false, directory, ...options }: StartOptions & VisitorOptions,
  own: DisposalStack,
) {
  const starter = createServiceStarter(options, own)
  const services = await starter.all(staying)
  const file = join(directory, 'autoscaled.json')
  const autoscaler = autoscale > 0 ? await createAutoscaler({ columns, file, starter }) : undefined
  const liarHost = lies
    ? await createLiarHost({
        planned: findLog(columns.flat()),
        honest: findLog(staying),
        starter,
        envFile: envFileOf({ family: { store: options.storage.rotator } }),
        file: join(directory, 'liars.json'),
      })
    : undefined
  const found = [autoscaler, liarHost].flatMap((each) => (each ? [each.fleetEntry] : []))
  return { services, autoscaler, liarHost, found }
}

function findLog(replicas: readonly PlannedReplica[]): PlannedReplica {
  const found = replicas.find(({ service }) => service === 'certtransparency')
  if (found === undefined) throw new TypeError('this plan has no certtransparency')
  return found
}

/** A directory that goes with the stack. */
async function ownDirectory(own: DisposalStack): Promise<string> {
  const directory = await createStackDirectory()
  own.defer(() => removeStackDirectory(directory), 'directory of the stack')
  return directory
}

/** Those of what services print, and of the signed log of accesses and rotations. */
async function makeLogDirectories(directory: string) {
  const logDirectory = join(directory, 'logs')
  const auditDirectory = join(directory, 'audit')
  await mkdir(logDirectory)
  await mkdir(auditDirectory, { mode: 0o700 })
  return { logDirectory, auditDirectory }
}

interface Others {
  readonly provider: Family['providers'][string]
  readonly thirdParty: ThirdParty
  readonly root: PublicRoot
  readonly operatorLogin: OperatorLogin | undefined
}

interface OtherOptions extends Omit<ProviderOptions, 'root' | 'otherClients'> {
  readonly directory: string
  readonly allowRotate: boolean
}

/** Opens what the family calls and does not own, with certificates of another root. */
async function openOthers(
  { directory, allowRotate, ...options }: OtherOptions,
  own: DisposalStack,
): Promise<Others> {
  const root = await createPublicRoot(directory)
  const login = allowRotate ? await planOperatorLogin(directory) : undefined
  const clients = login && { otherClients: [login.client] }
  const provider = await openProvider({ ...options, ...clients, root }, own)
  const known = { issuer: provider.issuer, trustFile: root.file }
  const operatorLogin = await login?.write(known)
  const thirdParty = own.use(await openThirdParty(options.store, root.issue()), 'third party')
  return { provider, thirdParty, root, operatorLogin }
}

/** The databases, and the first version of every secret. Returns the verifier key of the log. */
async function layOut(storage: StackStore, postgres: Postgres, dynamic: boolean): Promise<string> {
  const nonProduction = storage.environment !== 'production'
  const logins = dynamic ? 'lent' : 'rotated'
  const { secrets, lender } = await prepareDatabases(postgres, { nonProduction, logins })
  const logVerifierKey = await storeSecrets(storage, secrets)
  if (lender === undefined) return logVerifierKey
  if (!storage.lending) throw new Error(`${storage.title} makes no database logins`)
  await storage.lending.begin(lender, DATABASE_SERVICES)
  return logVerifierKey
}

interface StackParts {
  readonly trust: string
  readonly adapterUrl: string
  /** The root of the servers outside the family. */
  readonly trustFile: string
  readonly storage: StackStore
  readonly dynamic: boolean
  readonly lifeMs: number
  readonly auditDirectory: string
}

/** A replica of the reference family, or a place where replicas are found: none is restarted to acknowledge. */
type Placed = Extract<Deployment['fleet'][number], { readonly url: string }>

/** A deployment whose audit log is in files. */
type StackDeployment = Omit<Deployment, 'fleet'> & {
  readonly fleet: readonly Placed[]
  readonly auditDirectory: string
  /** The modules that bring its own kinds. */
  readonly kinds: readonly string[]
}

/** The reference family, where it runs. */
function deploymentOf(
  about: Pick<Deployment, 'fleet' | 'providers' | 'validationMs'>,
  { storage, dynamic, lifeMs, auditDirectory, trust, adapterUrl, trustFile }: StackParts,
): Omit<StackDeployment, 'kinds'> {
  const { rotator: store, environment } = storage
  const databases = lendingDatabases(dynamic)
  const tls = describeIdentities(storage).map((entry) => ({ ...entry, trust }))
  const secrets = {
    ...REFERENCE.secrets,
    tls,
    integration: integrationsAt(adapterUrl, { file: trustFile }),
    'signing-secret': sessionsOf(lifeMs),
  }
  const places = { secrets, databases, environment, store, auditDirectory }
  const deployment = parseDeployment({ ...REFERENCE, ...about, ...places }, 'the stack')
  const fleet = deployment.fleet.filter((entry): entry is Placed => 'url' in entry)
  return { ...deployment, fleet, auditDirectory }
}
