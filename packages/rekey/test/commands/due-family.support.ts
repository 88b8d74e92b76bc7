import { randomBytes } from 'node:crypto'
import { createMemoryJournal } from '../../src/journal/memory-journal.ts'
import { createFakeClock, Secret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { createRotationPrinter } from '../../src/commands/rotation-lines.ts'
import type { DueRun } from '../../src/commands/take-turns.ts'

type Admit = (name: string, context: StepContext) => Promise<void>

export const HOUR_MS = 3_600_000
export const POLICY = { kind: 'text', rotateAfterMs: HOUR_MS, maxAgeMs: 5 * HOUR_MS, staggerMs: 0 }
const text = () => randomBytes(32).toString('base64url')

/** Secrets `A`, `B`, … of services of the same names, two hours old. `admit` is what their far sides do. */
export function setUp(names: readonly string[], admit: Admit = noWork) {
  const clock = createFakeClock()
  const store = createMemoryStore(Object.fromEntries(names.map((n) => [n, text()])), { clock })
  clock.jump(2 * HOUR_MS)
  const kinds = new Map(names.map((name) => [`text ${name}`, createKind(name, admit)]))
  const journal = createMemoryJournal(clock)
  const audit = { record: noWork }
  const output: string[] = []
  const stream = { write: (line: string) => output.push(line) }
  const never: { readonly signal: AbortSignal } = new AbortController()
  const { signal } = never
  const context = { process: { stdout: stream, stderr: stream }, env: {}, cwd: '/nowhere', signal }
  const printer = createRotationPrinter({ json: true }, context)
  const rotator = { store, journal, audit, kinds }
  const run: DueRun = { rotator, policies: [POLICY], printer, signal, clock }
  const lines = () => output.map((line) => JSON.parse(line) as Record<string, string>)
  /** `NAME outcome`, in order. */
  const outcomes = () =>
    lines().flatMap(({ secret = '', outcome }) => (outcome ? [`${secret} ${outcome}`] : []))
  const staged = () => lines().flatMap(({ step, secret }) => (step === 'stage' ? [secret] : []))
  return { run, context, journal, store, clock, lines, outcomes, staged }
}

function noWork(): Promise<void> {
  return Promise.resolve()
}

function createKind(name: string, admit: Admit): RotationKind {
  const done = { admit: '', prove: '', promote: '', confirm: '', revoke: '' }
  return {
    ...{ kind: 'text', name, prove: noWork, confirm: noWork, revoke: noWork, abort: noWork },
    plan: () => Promise.resolve({ generate: '', stage: '', ...done }),
    generate: () => Promise.resolve(Secret.of(text(), name)),
    admit: (_, context) => admit(name, context),
  }
}
