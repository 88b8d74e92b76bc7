import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DisposalStack, openTogether, type SecretStore } from '@rekey/secret'
import { blocksOf, type LibraryFolder } from './library-folder.ts'
import type { LibraryStore } from './library-stores.ts'
import { openDatabases, openMembers, openReminders } from './library-world.ts'

/** The services of the library, with everything around them. */
export interface LibraryFamily extends AsyncDisposable {
  readonly folder: LibraryFolder
  readonly place: LibraryStore
  /** As the operator. */
  readonly store: SecretStore
  /** PEM of the root that its clients trust. */
  readonly trust: string
  /** Types a command of the README, as the rotator, until no other rotator holds the secret. Fails unless it ends with 0. */
  readonly rotate: (command: string) => Promise<void>
  /** Starts such a command, and kills it as soon as it reports a step. */
  readonly killAt: (step: string, command: string) => Promise<void>
  /** Everything that services and commands have printed. */
  readonly printed: () => string
}

const MAINS = new Map([
  ['card-office', 'services/card-office/src/main.js'],
  ['loan-desk', 'services/loan-desk/dist/main.js'],
])
const HEALTH = new Map([
  ['card-office', '4012'],
  ['loan-desk', '4011'],
])
const START_MS = 60_000
/** What `rekey` ends with while another rotator holds the secret: also one that was killed, until its lease ends. */
const HELD = 3

/** Makes the first secrets as the README does, and starts what it describes. */
export function openLibraryFamily(
  folder: LibraryFolder,
  place: LibraryStore,
): Promise<LibraryFamily> {
  return openTogether(async (own) => {
    const output: string[] = []
    const { nonProduction, operator } = place
    const type = async (heading: string) => {
      for (const block of blocksOf(folder, heading)) {
        output.push(await succeed(folder, block, operator))
      }
    }
    await rm(join(folder.root, 'keys'), { recursive: true, force: true })
    await type('The first secrets')
    const store = own.use(await place.openStore(operator), 'store of the operator')
    const first = async (name: string) => (await store.read(name)).current.value.expose()
    const world = { folder, nonProduction, own }
    const made = [
      ...(await openDatabases(world)),
      ...(await openMembers(await first('OIDC_CLIENT_SECRET_LOAN_DESK'), world)),
      ...openReminders(await first('INTEGRATION_LOAN_DESK__REMINDERS'), world),
    ]
    await mkdir(join(folder.root, 'made'))
    for (const [name, value] of made) await writeFile(join(folder.root, 'made', name), value)
    await type('Secrets that others make')
    for (const heading of place.access) await type(heading)
    for (const service of MAINS.keys()) {
      own.use(await startService(service, { folder, place, output }), service)
    }
    return {
      ...{ folder, place, store, printed: () => output.join('') },
      trust: await readFile(join(folder.root, 'keys/root/ca.crt'), 'utf8'),
      async rotate(command) {
        for (;;) {
          const run = await folder.type(command, place.environmentOf('rotator'))
          output.push(run.stdout, run.stderr)
          if (run.code === 0) return
          if (run.code !== HELD) throw new Error(`${command}: ${String(run.code)} ${run.stderr}`)
          await delay(2_000)
        }
      },
      killAt: (step, command) => killAt(step, command, { folder, place, output }),
      [Symbol.asyncDispose]: () => own.dispose(),
    }
  })
}

/** Types a script of the README. @throws {Error} with its output, unless it ends with 0 */
export async function succeed(
  folder: LibraryFolder,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await folder.type(script, env)
  if (code === 0) return stdout + stderr
  throw new Error(`${script}\nended with ${String(code)}: ${stdout}${stderr}`)
}

interface Process {
  readonly folder: LibraryFolder
  readonly place: LibraryStore
  readonly output: string[]
}

async function startService(
  service: string,
  { folder, place, output }: Process,
): Promise<DisposalStack> {
  const own = new DisposalStack()
  const flags = [`--env-file=services/${service}/settings.env`, MAINS.get(service) ?? '']
  const child = spawn(process.execPath, flags, {
    ...{ cwd: folder.root, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { PATH: process.env['PATH'] ?? '', ...place.environmentOf(service) },
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output.push(String(chunk))
      said.push(String(chunk))
    })
  const ended = once(child, 'exit')
  own.defer(async () => {
    child.kill()
    await ended
  }, service)
  const until = performance.now() + START_MS
  const health = `http://127.0.0.1:${folder.port(HEALTH.get(service) ?? '')}/health/ready`
  while (!(await isAnswered(health))) {
    if (child.exitCode !== null || performance.now() > until) {
      await own.dispose()
      throw new Error(`${service} is not ready: ${said.join('')}`)
    }
    await delay(100)
  }
  return own
}

const isAnswered = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

async function killAt(
  step: string,
  command: string,
  { folder, place, output }: Process,
): Promise<void> {
  // Without a shell, so that what is killed is the rotator itself.
  const [, ...args] = command.trim().split(' ')
  const main = join(folder.root, 'node_modules/@rekey/rekey/dist/main.js')
  const child = spawn(process.execPath, [main, ...args, '--json'], {
    ...{ cwd: folder.root, stdio: ['ignore', 'pipe', 'ignore'] },
    env: { PATH: process.env['PATH'] ?? '', ...place.environmentOf('rotator') },
  })
  const exited = once(child, 'exit')
  for await (const chunk of child.stdout) {
    output.push(String(chunk))
    if (String(chunk).includes(`"${step}"`)) child.kill('SIGKILL')
  }
  const [, signal] = (await exited) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`${command} ended before it was killed`)
}
