import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fleet } from '@rekey/rotation'
import type { SecretStore } from '@rekey/secret'
import { openDotenvStore } from '@rekey/secret-stores'
import { openPostgres, type Postgres, spawnIdentityProvider } from '@rekey/testbed'
import { type ChildService, openChildService } from './child-service.ts'
import { DESK_TOKEN, openClientSecretDesk } from './client-secret-desk.ts'
import { Closers } from './closers.ts'
import { findFreePorts } from './free-ports.ts'
import {
  CLIENT_ID,
  fleetOf,
  type PlannedReplica,
  planServices,
  processesOf,
} from './plan-services.ts'
import { prepareDatabases } from './prepare-databases.ts'
import { prepareCa, storeSecrets } from './prepare-secrets.ts'
import {
  createStackDirectory,
  type OidcClientPlace,
  publishStack,
  removeStackDirectory,
} from './stack-file.ts'

/** The reference family, running. */
export interface Stack extends AsyncDisposable {
  readonly directory: string
  readonly store: SecretStore
  readonly envFile: string
  readonly postgres: Postgres
  readonly fleet: Fleet
  readonly services: readonly ChildService[]
  readonly frontendUrl: string
  readonly logDirectory: string
  readonly auditDirectory: string
  readonly client: OidcClientPlace
  close(): Promise<void>
}

/** How to open a stack. */
export interface StackOptions {
  /** Told what is being started. */
  readonly onProgress?: (what: string) => void
  readonly signal?: AbortSignal
  /** How long an old API key must be silent before it is removed. Default 1,000. */
  readonly validationMs?: number
  /** How many processes of signing and of certtransparency. Default 1. */
  readonly replicas?: number
}

/**
 * Boots the whole family on this machine: a real PostgreSQL, a real identity provider, and each service as a process of its
 * own. Everything lives in one temporary directory and ends with this process.
 */
export async function openStack(options: StackOptions = {}): Promise<Stack> {
  const closers = new Closers()
  try {
    return await bootStack(options, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function bootStack(options: StackOptions, closers: Closers): Promise<Stack> {
  const { onProgress, signal, validationMs = 1_000, replicas = 1 } = options
  const progress = (what: string) => {
    signal?.throwIfAborted()
    onProgress?.(what)
  }
  const directory = await createStackDirectory()
  closers.add(() => removeStackDirectory(directory))

  progress('PostgreSQL')
  const postgres = await openPostgres()
  closers.add(() => postgres.close())

  progress('databases, secrets and CA')
  const { store, envFile } = await createStore(directory)
  await storeSecrets(store, await prepareDatabases(postgres, postgres.adminUrl.expose()))
  const caDirectory = await prepareCa(directory, store)
  const plan = planServices({ ports: await findFreePorts(2 + 4 * replicas), replicas })
  const frontendUrl = plan.frontend.url

  progress('identity provider')
  const client = await openProvider({ frontendUrl, store }, closers)

  const place = { envFile, logDirectory: join(directory, 'logs'), signal }
  await mkdir(place.logDirectory)
  const services: ChildService[] = []
  for (const planned of processesOf(plan, { issuer: client.issuer, caDirectory })) {
    progress(planned.service)
    const child = await openService(planned, place)
    closers.add(() => child.stop())
    services.push(child)
  }
  const known = {
    ...{ envFile, fleet: fleetOf(plan), auditDirectory: join(directory, 'audit') },
    client,
  }
  await mkdir(known.auditDirectory, { mode: 0o700 })
  await publishStack(directory, { validationMs, ...known })
  const close = () => closers.close()
  const { logDirectory } = place
  const parts = { ...known, directory, store, postgres, services, frontendUrl, logDirectory }
  return { ...parts, close, [Symbol.asyncDispose]: close }
}

async function openProvider(
  { frontendUrl, store }: { frontendUrl: string; store: SecretStore },
  closers: Closers,
): Promise<OidcClientPlace> {
  const provider = await spawnIdentityProvider({
    clients: [await describeClient(frontendUrl, store)],
  })
  closers.add(async () => provider[Symbol.asyncDispose]())
  const token = (await store.read(DESK_TOKEN)).current.value
  const desk = await openClientSecretDesk({ provider, clientId: CLIENT_ID, token })
  closers.add(() => desk.close())
  return { issuer: provider.issuer, clientId: CLIENT_ID, deskUrl: desk.url }
}

async function describeClient(frontendUrl: string, store: SecretStore) {
  const { current } = await store.read('OIDC_CLIENT_SECRET_FRONTEND')
  const redirectUris = [new URL('/callback', frontendUrl).href]
  return { clientId: CLIENT_ID, clientSecret: current.value.expose(), redirectUris }
}

function openService(
  { service, healthUrl, env }: PlannedReplica,
  place: { envFile: string; logDirectory: string; signal: AbortSignal | undefined },
): Promise<ChildService> {
  const { envFile, logDirectory, signal } = place
  return openChildService({
    name: service,
    healthUrl,
    logPath: join(logDirectory, `${service}-${new URL(healthUrl).port}.log`),
    env: { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${envFile}`, ...env },
    ...(signal && { signal }),
  })
}

async function createStore(directory: string) {
  const secretDirectory = join(directory, 'secrets')
  await mkdir(secretDirectory, { mode: 0o700 })
  const envFile = join(secretDirectory, '.env')
  await writeFile(
    envFile,
    '# Development secrets of one stack. Made at its start, gone at its end.\n',
    { mode: 0o600 },
  )
  return { envFile, store: await openDotenvStore({ path: envFile }) }
}
