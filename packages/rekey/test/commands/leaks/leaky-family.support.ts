import { randomBytes } from 'node:crypto'
import type { Deployment } from '../../../src/family/deployment.ts'
import { createMemoryJournal } from '../../../src/journal/memory-journal.ts'
import { createFakeClock, Secret } from '@rekey/secret'
import type { VersionHealth } from '@rekey/secret/internal'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { Answer } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { createLeakPrinter } from '../../../src/commands/leaks/leak-lines.ts'
import type { LeakRun } from '../../../src/commands/leaks/rotate-leaked.ts'

const text = () => randomBytes(32).toString('base64url')

/** What a replica reports beside the version. */
export const LEAK = { encoding: 'hex', channel: 'stderr', callSite: 'src/routes.ts:42', count: 2 }

type Leaks = Deployment['policy']['leaks']

/** A policy that rotates three secrets an hour. */
export const LIMITS = { rotate: ['text'], every: '1 h', atMost: 3 }

function createKind(name: string): RotationKind {
  const noWork = () => Promise.resolve()
  const done = { admit: '', prove: '', promote: '', confirm: '', revoke: '' }
  return {
    ...{ kind: 'text', name, admit: noWork, prove: noWork, confirm: noWork, revoke: noWork },
    abort: noWork,
    plan: () => Promise.resolve({ generate: '', stage: '', ...done }),
    generate: () => Promise.resolve(Secret.of(text(), name)),
  }
}

/** Secrets `A`, `B`, … of services of the same names; each replica holds what the store has, and reports what `leaksOf` gives of it. */
export function openLeakyFamily(names: readonly string[], leaks: Leaks, leaksOf = leakedNow) {
  const clock = createFakeClock()
  const store = createMemoryStore(Object.fromEntries(names.map((n) => [n, text()])), { clock })
  const kinds = new Map(names.map((name) => [`text ${name}`, createKind(name)]))
  const events: object[] = []
  const output: string[] = []
  const stream = { write: (line: string) => output.push(line) }
  const stop: { abort(): void; readonly signal: AbortSignal } = new AbortController()
  const { signal } = stop
  const context = { process: { stdout: stream, stderr: stream }, env: {}, cwd: '/nowhere', signal }
  const acknowledgements = async ({ secret, service }: { secret: string; service: string }) => {
    const { version } = (await store.read(secret)).current
    const replica = { service, url: 'http://a', healthUrl: `http://${service}` }
    const found = leaksOf(version)
    const versions: VersionHealth[] = [{ stage: 'current', version }]
    const ack = found && { name: secret, replica: 'host:1', versions, leaks: found }
    return [{ replica, ack } as unknown as Answer]
  }
  const rotator = {
    ...{ store, kinds, journal: createMemoryJournal(clock) },
    audit: { record: (event: object) => Promise.resolve(void events.push(event)) },
    fleet: { acknowledgements, replicas: () => Promise.resolve([]) },
    family: {
      ...{ environment: 'test', services: names },
      policy: { minLength: {}, schedule: {}, leaks },
    } as unknown as Deployment,
  }
  /** The inputs of a command that answers leaks, in a process of its own. */
  const newRun = (mode: LeakRun['mode'] = 'rotate'): LeakRun => ({
    ...{ rotator, signal, clock, mode, known: new Set<string>() },
    printer: createLeakPrinter({ json: true }, context),
  })
  const lines = () => output.map((line) => JSON.parse(line) as Record<string, string>)
  const outcomes = () =>
    lines().flatMap(({ type = '', secret, why }) =>
      ['rotated', 'left', 'planned'].includes(type) ? [[secret, why ?? type].join(' ')] : [],
    )
  return { newRun, stop, lines, outcomes, events, clock, output, store, rotator }
}

function leakedNow(version: string): unknown {
  return [{ version, ...LEAK }]
}
