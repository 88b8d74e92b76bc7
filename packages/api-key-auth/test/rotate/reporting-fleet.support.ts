import { createFakeClock, Secret, type SecretVersion } from '@rekey/secret'
import type { Acknowledgement, Answer, LateUse, Shown } from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { apiKeyKind, type ApiKeyKindOptions } from '../../src/rotate/index.ts'
import { newKey, versionOf } from '../live-keys.support.ts'

type Use = Acknowledgement['usage']['versions'][number]

/** What a replica reports: the current version, others that it has loaded, and its counts of each. */
export interface Report {
  readonly current?: SecretVersion
  readonly loaded?: readonly SecretVersion[]
  readonly uses?: readonly (readonly [SecretVersion, Partial<Use>])[]
  /** Marks a restart. */
  readonly since?: number
  readonly rejects?: SecretVersion
}

/** A version of a key that is made now. */
export function newVersion(stage: SecretVersion['stage'], expiresAt?: Date): SecretVersion {
  const text = newKey()
  const value = Secret.of(text, 'API_KEY_ALPHA_BETA')
  const name = 'API_KEY_ALPHA_BETA'
  return {
    name,
    version: versionOf(text),
    stage,
    value,
    sensitive: [],
    ...(expiresAt && { expiresAt }),
  }
}

/** Replicas of alpha and beta that report what a test sets, without any process, and the times of a clock that stands still. */
export function openReportingFleet(options: Partial<ApiKeyKindOptions> = {}) {
  const clock = createFakeClock()
  const reports: Record<'alpha' | 'beta', Map<string, Report | undefined>> = {
    alpha: new Map(),
    beta: new Map(),
  }
  const waits: string[] = []
  const alarms: LateUse[] = []
  const saved: unknown[] = []
  const attested: Shown[] = []
  const context: StepContext = {
    ...{ clock, signal: new AbortController().signal, compromised: false, progress: undefined },
    waiting: (message) => void waits.push(message),
    alarm: (use) => Promise.resolve(void alarms.push(use)),
    saveProgress: (progress) => Promise.resolve(void saved.push(progress)),
    attest: (shown) => Promise.resolve(void attested.push(shown)),
    fence: () => Promise.resolve(),
    postpone: () => Promise.reject(new Error('not wanted here')),
    gap: { sinceMs: undefined, begin: () => Promise.resolve(), end: () => Promise.resolve() },
  }
  const fleet: ApiKeyKindOptions['fleet'] = {
    replicas: (service) => Promise.resolve(replicasOf(service)),
    acknowledgements: ({ service }) => Promise.resolve(answersOf(service)),
  }
  const replicasOf = (service: string) => answersOf(service).map(({ replica }) => replica)
  const answersOf = (service: string): Answer[] =>
    Array.from(reports[service as 'alpha' | 'beta'], ([name, report]) =>
      answerOf(service, name, report),
    )
  const rotation = apiKeyKind.rotation({
    ...{ sender: 'alpha', receiver: 'beta', environment: 'test', fleet },
    ...{ validationMs: 20_000, deadlineMs: 5_000, pollMs: 1_000 },
    ...options,
  })
  return { clock, reports, waits, alarms, saved, attested, context, rotation }
}

/** The longest that a test lets pass. */
const LONGEST_MS = 600_000

/** Lets time pass until a step ends: how long it took, and its error. */
export async function endOf(clock: ReturnType<typeof createFakeClock>, step: Promise<unknown>) {
  const begun = clock.elapsed()
  let end: { tookMs: number; error?: unknown } | undefined
  const note = (error?: unknown) => {
    end = { tookMs: clock.elapsed() - begun, error }
  }
  void step.then(() => {
    note()
  }, note)
  for (let passedMs = 0; end === undefined && passedMs < LONGEST_MS; passedMs += 1_000) {
    await clock.advance(passedMs === 0 ? 0 : 1_000)
  }
  return end
}

function answerOf(service: string, name: string, report: Report | undefined): Answer {
  const url = `http://${name}`
  const replica = { service, url: `${url}:8080`, healthUrl: url }
  return { replica, ack: report && acknowledgementOf(service, name, report) }
}

function acknowledgementOf(service: string, name: string, report: Report): Acknowledgement {
  const { current, loaded = [], uses = [], since = 1, rejects } = report
  const versions = [...(current ? [{ ...current, stage: 'current' }] : []), ...loaded]
  const none = { uses: 0, failures: 0, wrongSecrets: 0 }
  return {
    ...{ replica: name, name: 'API_KEY_ALPHA_BETA', kind: 'api-key', source: 'test' },
    ...{ end: service === 'alpha' ? 'sender' : 'receiver', state: 'fresh', failuresInARow: 0 },
    counts: { reads: 1, failures: 0, changes: 0, vetoes: 0, rejections: 0 },
    versions: versions.map(({ stage, version }) => ({ stage, version })),
    usage: {
      ...{ since, holding: {}, failures: 0 },
      versions: uses.map(([{ version }, use]) => ({ ...none, ...use, version })),
    },
    ...(rejects && {
      rejections: [{ stage: 'current', version: rejects.version, by: 'rule', reason: 'malformed' }],
    }),
  }
}
