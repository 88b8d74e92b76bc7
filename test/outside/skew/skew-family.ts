import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { issueApiKey } from '@rekey/api-key-auth'
import { openDotenvStore } from '@rekey/config-loader/store'
import { formatDatabaseUrl, openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole, nextLoginName } from '@rekey/db-pool-rotator/roles'
import { type DisposalStack, openTogether, Secret, storeName } from '@rekey/secret'
import { REKEY } from '@rekey/test-support'
import { openPostgres, runCompiled } from '@rekey/testbed'
import { newPassword, type OpenStore, versionIn } from '../store-fixture.ts'

/** A release on record, or the sources of this one. */
export type Release = '0.1.0' | 'new'

/** How a family is started. */
export interface SkewOptions {
  readonly sender: Release
  readonly receiver: Release
  /** A key of `servers`, or `store`. */
  readonly journal: string
}

/** A sender that calls a receiver all the time, each of a release; the receiver asks PostgreSQL for each answer. */
export interface SkewFamily extends AsyncDisposable {
  /** Rotates a secret by the command of a release. @throws {Error} with its output */
  readonly rotate: (release: Release, kind: string, parties: string) => Promise<void>
  /** Begins to rotate a secret, and kills the command as soon as it reports a step. */
  readonly killAt: (step: string, release: Release, kind: string, parties: string) => Promise<void>
  readonly envFile: string
  readonly versionOf: (secret: string) => Promise<string>
  /** Ends the load. */
  readonly stop: () => Promise<{ readonly sent: number; readonly lost: number }>
}

const RELEASED = join(import.meta.dirname, '../fixtures')
/** From there a program finds the packages of npm that are installed here. */
const UNPACKED = join(import.meta.dirname, '../../../node_modules/.cache/rekey-skew')
const SERVICE = join(import.meta.dirname, 'service-main.ts')
const ATTEMPTS = 3
const KEY = storeName('api-key', ['sender', 'receiver'])

/** Unpacks a program of a release, and returns its path. Packed it is no code of this repository, which is linted. */
function releasedProgram(release: Release, name: string): string {
  const folder = join(UNPACKED, release)
  const path = join(folder, name)
  mkdirSync(folder, { recursive: true })
  const part = `${path}.${String(process.pid)}`
  writeFileSync(part, gunzipSync(readFileSync(join(RELEASED, release, `${name}.gz`))))
  renameSync(part, path)
  return path
}

/** Opens PostgreSQL, a store, and both services. */
export function openSkewFamily(options: SkewOptions): Promise<SkewFamily> {
  return openTogether((own) => openParts(own, options))
}

async function openParts(
  own: DisposalStack,
  { sender, receiver, journal }: SkewOptions,
): Promise<SkewFamily> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-skew-'))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
  const envFile = join(directory, '.env')
  await writeFile(envFile, '', { mode: 0o600 })
  const openStore = () => openDotenvStore({ path: envFile })
  await fillStore(own, openStore)
  const start = (release: Release, args: readonly string[]) =>
    startService(own, { release, args, envFile })
  const answering = await start(receiver, ['receiver'])
  const url = `http://127.0.0.1:${answering.port}`
  const sending = await start(sender, ['sender', url])
  const family = {
    services: ['sender', 'receiver'],
    secrets: { 'api-key': ['sender:receiver'] },
    databases: [{ service: 'receiver' }],
    ...{ environment: 'development', validationMs: 200, journal, auditDirectory: directory },
    store: { locator: `dotenv:${envFile}` },
    fleet: [
      { service: 'sender', url: 'http://127.0.0.1:9', healthUrl: healthUrlOf(sending) },
      { service: 'receiver', url, healthUrl: healthUrlOf(answering) },
    ],
  }
  const familyFile = join(directory, 'family.json')
  await writeFile(familyFile, JSON.stringify(family))
  return {
    envFile,
    rotate: (release, kind, parties) => rotate(release, { kind, parties, familyFile }),
    killAt: (step, release, kind, parties) => killAt(step, release, { kind, parties, familyFile }),
    versionOf: (name) => versionIn(openStore, name),
    async stop() {
      const counted = once(sending.lines, 'line') as Promise<[string]>
      sending.child.stdin?.end()
      return JSON.parse((await counted)[0]) as { sent: number; lost: number }
    },
    [Symbol.asyncDispose]: () => own.dispose(),
  }
}

async function fillStore(own: DisposalStack, openStore: OpenStore) {
  await using store = await openStore()
  const keep = (name: string, value: string) => store.create(name, Secret.of(value, name))
  await keep(KEY, issueApiKey({ environment: 'dev' }).text.expose())
  const postgres = own.use(await openPostgres(), 'PostgreSQL')
  const superuser = parseConnectionUrl(postgres.adminUrl.expose())
  await using admin = await openConnection(superuser)
  const rotator = { ...superuser, user: 'rekey', password: newPassword() }
  await admin.query(`create role rekey superuser login password '${rotator.password}'`)
  await keep('DATABASE_ROTATOR', formatDatabaseUrl(rotator))
  await admin.query('create database receiver')
  await createOwnerRole(admin, 'receiver')
  const user = nextLoginName('receiver')
  const login = { ...superuser, user, password: newPassword(), database: 'receiver' }
  const password = Secret.of(login.password, user)
  await admitLogin(admin, { ownerRole: 'receiver', login: user, password })
  await keep(storeName('database', ['receiver']), formatDatabaseUrl(login))
}

interface Started {
  readonly release: Release
  readonly args: readonly string[]
  readonly envFile: string
}

interface Listening {
  readonly child: ChildProcess
  readonly lines: Interface
  readonly port: number
  readonly health: number
}

const healthUrlOf = ({ health }: Listening) => `http://127.0.0.1:${health}`

async function startService(
  own: DisposalStack,
  { release, args, envFile }: Started,
): Promise<Listening> {
  const main =
    release === 'new' ? runCompiled(SERVICE) : [releasedProgram(release, 'service-main.mjs')]
  const child = spawn(process.execPath, [...main, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      REKEY_ENVIRONMENT: 'development',
      REKEY_SECRETS: `dotenv:${envFile}`,
    },
  })
  const ended = once(child, 'exit')
  own.defer(async () => {
    child.kill()
    await ended
  }, args[0] ?? '')
  const lines = createInterface(child.stdout)
  const [line] = (await Promise.race([once(lines, 'line'), ended.then(notStarted)])) as [string]
  return { child, lines, ...(JSON.parse(line) as { port: number; health: number }) }
}

function notStarted(): never {
  throw new Error('a service has ended before it was ready')
}

interface Rotation {
  readonly kind: string
  readonly parties: string
  readonly familyFile: string
}

function startRotator(release: Release, { kind, parties, familyFile }: Rotation) {
  const args =
    release === 'new'
      ? [REKEY, 'rotate', kind, parties, '--family', familyFile, '--json']
      : [releasedProgram(release, 'rotator-main.mjs'), `${kind} ${parties}`, familyFile]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function rotate(release: Release, rotation: Rotation): Promise<void> {
  const child = startRotator(release, rotation)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  if (code !== 0) throw new Error(`${release} ended with ${String(code)}: ${stdout}${stderr}`)
}

/** One that has ended before it could be killed, on a machine that is slow, is followed by another. */
async function killAt(step: string, release: Release, rotation: Rotation): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const child = startRotator(release, rotation)
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>
    child.stdout.on('data', (chunk: Buffer) => {
      if (String(chunk).includes(`"${step}"`)) child.kill('SIGKILL')
    })
    const [printed, [code, signal]] = await Promise.all([text(child.stderr), ended])
    if (signal === 'SIGKILL') return
    if (code !== 0) throw new Error(`${release} ended with ${String(code)}: ${printed}`)
  }
  throw new Error(`${release} ended each time before it was killed`)
}
