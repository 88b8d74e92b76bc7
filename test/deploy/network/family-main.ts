import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { parseDeployment } from '@rekey/rekey/internal'
import { type DisposalStack, openTogether } from '@rekey/secret'
import { type Load, type LoadCounts, startLoad } from '@rekey/stack'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  describeIdentities,
  openChildService,
  openClientFetch,
  openStackStore,
  openThirdParty,
  prepareCa,
  prepareDatabases,
  processesOf,
  REFERENCE,
  writeKinds,
  storeSecrets,
  type StackStore,
} from '@rekey/stack/parts'
import { runRekey } from '@rekey/test-support'
import { runCompiled, spawnIdentityProvider } from '@rekey/testbed'
import { issue, issueServer } from '@rekey/testbed/certificates'
import type { PostgresPlace } from './postgres-main.ts'

/** What the test gives, as JSON in the first argument. */
export interface FamilyOrder {
  /** What starts a program on a host, before the program. */
  readonly commands: Readonly<Record<string, readonly [string, ...string[]]>>
}

/** What happened, as one line of JSON on stdout. */
export interface FamilyReport {
  readonly load: LoadCounts
  readonly notices: { readonly taken: number; readonly refused: number }
  /** How each rotation ended, by what was rotated. */
  readonly rotations: Readonly<Record<string, { code: number | null; stderr: string }>>
  /** The secrets that have another version than before. */
  readonly changed: readonly string[]
}

const OWN = 'rotator'
const PORTS = { PORT: '8443', HEALTH_PORT: '9090' }
const ROTATED = new Map([
  ['api-key frontend:signing', 'API_KEY_FRONTEND_SIGNING'],
  ['api-key signing:certtransparency', 'API_KEY_SIGNING_CERTTRANSPARENCY'],
  ['database frontend', 'DATABASE_FRONTEND'],
  ['database certtransparency', 'DATABASE_CERTTRANSPARENCY'],
])

/** A replica on the host that bears the name of its service. */
function replicaOn(service: string, keyFile: string) {
  return {
    service,
    url: `https://${service}:${PORTS.PORT}`,
    healthUrl: `http://${service}:${PORTS.HEALTH_PORT}`,
    env: {
      ...PORTS,
      ...{ HOST: '0.0.0.0', HEALTH_HOST: '0.0.0.0', HEALTH_HOSTS: service },
      REKEY_HEALTH_KEY_FILE: keyFile,
    },
  }
}

async function main(own: DisposalStack, { commands }: FamilyOrder): Promise<FamilyReport> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-network-'))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
  const keep = async (name: string, content: string) => {
    await writeFile(join(directory, name), content, { mode: 0o600 })
    return join(directory, name)
  }
  const root = issue({ commonName: 'Public Root of this network', ca: true })
  const trustFile = await keep('public-root.crt', root.pem)
  const tlsOf = (name: string) => issueServer(root, { dnsNames: [name], addresses: [] })

  const storage = await openStackStore('dotenv', { directory, own, onProgress: () => undefined })
  const adminUrl = await openDatabase(
    commands['postgres'] ?? [''],
    { tls: tlsOf('postgres'), trustFile },
    own,
  )
  const { secrets } = await prepareDatabases(
    { adminUrl: { expose: () => adminUrl } },
    { nonProduction: true, logins: 'rotated' },
  )
  const logVerifierKey = await storeSecrets(storage, secrets)
  const ca = await prepareCa(directory, storage)
  const keyFile = await keep('health-key', randomBytes(32).toString('base64url'))
  const replicas = ['frontend', 'signing', 'certtransparency'].map((name) =>
    replicaOn(name, keyFile),
  )
  const [frontend, signing, log] = replicas as [Replica, Replica, Replica]

  const issuer = await openProvider(storage, { url: frontend.url, tls: tlsOf(OWN) }, own)
  const party = own.use(await openThirdParty(storage.admin, tlsOf(OWN), OWN), 'third party')
  const { staying } = processesOf(
    { frontend, signing: [signing], certtransparency: [log], columns: [] },
    { issuer, ca, noticesUrl: party.noticesUrl, trustFile, logVerifierKey },
  )
  for (const { service, healthUrl, env } of staying) {
    const place = await storage.placeFor(service)
    const service_ = await openChildService({
      ...{ name: service, healthUrl, logPath: join(directory, `${service}.log`) },
      command: commands[service] ?? [],
      env: { REKEY_ENVIRONMENT: storage.environment, REKEY_SECRETS: place.locator, ...env },
    })
    own.defer(() => service_.stop(), service)
  }
  const fetch = await openClientFetch(
    { frontendUrls: [frontend.url], trust: ca.trust, publicRoot: root.pem },
    own,
  )
  const family = await writeFamily(directory, { storage, trust: ca.trust, replicas, issuer })
  const before = await versionsIn(storage)
  const load = startLoad({ frontendUrl: frontend.url, fetch, people: 2 })
  own.defer(() => load.stop(), 'load')
  await untilMore(load)
  const rotations: Record<string, { code: number | null; stderr: string }> = {}
  for (const title of ROTATED.keys()) {
    const args = ['rotate', ...title.split(' '), '--family', family]
    const { code, stderr } = await runRekey(args, { REKEY_HEALTH_KEY_FILE: keyFile })
    rotations[title] = { code, stderr }
  }
  await untilMore(load)
  const counts = await load.stop()
  const after = await versionsIn(storage)
  const changed = [...ROTATED].filter(([, name]) => before.get(name) !== after.get(name))
  return {
    ...{ load: counts, notices: party.counts(), rotations },
    changed: changed.map(([title]) => title),
  }
}

type Replica = ReturnType<typeof replicaOn>

/** Starts PostgreSQL on its own host. Returns the superuser's DSN, as other hosts use it. */
async function openDatabase(
  [command, ...args]: readonly [string, ...string[]],
  { tls, trustFile }: { tls: { cert: string; key: string }; trustFile: string },
  own: DisposalStack,
): Promise<string> {
  const main = join(import.meta.dirname, 'postgres-main.ts')
  const child: ChildProcess = spawn(command, [...args, process.execPath, ...runCompiled(main)], {
    stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
  })
  own.defer(async () => {
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }, 'PostgreSQL')
  child.stdin?.end(JSON.stringify(tls))
  const answers = once(child, 'message') as Promise<PostgresPlace[]>
  const [place] = await Promise.race([answers, once(child, 'exit').then(() => [])])
  if (place === undefined) throw new Error('PostgreSQL did not start')
  const { port, password } = place
  const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(trustFile)}`
  return `postgresql://postgres:${password}@postgres:${port}/postgres?${query}`
}

async function openProvider(
  { admin }: StackStore,
  { url, tls }: { url: string; tls: { cert: string; key: string } },
  own: DisposalStack,
): Promise<string> {
  const clientSecret = (await admin.read(CLIENT_SECRET)).current.value.expose()
  const client = { clientId: CLIENT_ID, clientSecret, redirectUris: [`${url}/callback`] }
  const provider = await spawnIdentityProvider({ clients: [client], tls, host: OWN })
  own.use(provider, 'identity provider')
  return provider.issuer
}

interface FamilyParts {
  readonly storage: StackStore
  readonly trust: string
  readonly replicas: readonly Replica[]
  readonly issuer: string
}

async function writeFamily(directory: string, parts: FamilyParts): Promise<string> {
  const { storage, trust, replicas, issuer } = parts
  const auditDirectory = join(directory, 'audit')
  await mkdir(auditDirectory, { mode: 0o700 })
  const tls = describeIdentities(storage).map((entry) => ({ ...entry, trust }))
  const file = join(directory, 'fleet.json')
  const groups = replicas.map(({ service }) => {
    return { targets: [`${service}:${PORTS.HEALTH_PORT}`], labels: { service } }
  })
  await writeFile(file, JSON.stringify(groups))
  const family = parseDeployment(
    {
      ...REFERENCE,
      secrets: { ...REFERENCE.secrets, tls },
      fleet: [{ file, url: `https://{host}:${PORTS.PORT}` }],
      providers: { main: { kind: 'manual', issuer } },
      ...{ store: storage.rotator, environment: storage.environment },
      ...{ validationMs: 300, auditDirectory },
    },
    'the network',
  )
  const path = join(directory, 'deployment.json')
  const kinds = [await writeKinds(directory)]
  await writeFile(path, JSON.stringify({ ...family, kinds }))
  return path
}

async function versionsIn({ admin }: StackStore): Promise<Map<string, string>> {
  const names = [...ROTATED.values()]
  const read = names.map(async (name) => [name, (await admin.read(name)).current.version] as const)
  return new Map(await Promise.all(read))
}

/** Waits until three more profiles were issued, or something failed. */
async function untilMore(load: Load): Promise<void> {
  const { profiles } = load.counts()
  while (load.counts().profiles < profiles + 3 && load.counts().failures === 0) await delay(50)
}

// The test is gone when its end of stdin is.
process.stdin.resume().once('end', () => process.exit(1))
const order = JSON.parse(process.argv[2] ?? '{}') as FamilyOrder
const opened = await openTogether(async (own) => ({
  report: await main(own, order),
  [Symbol.asyncDispose]: () => own.dispose(),
}))
process.stdout.write(`${JSON.stringify(opened.report)}\n`)
await opened[Symbol.asyncDispose]()
process.exit()
