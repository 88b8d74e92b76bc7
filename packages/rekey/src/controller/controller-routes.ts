import {
  confidential,
  formatMetric,
  type InternalRoute,
  jsonAnswer,
  METRICS_TYPE,
  type MetricHead,
  type Sample,
} from '@rekey/config-loader/internal/host'
import type { SecretAge } from '../engine/schedule/due-times.ts'
import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import type { Clock } from '@rekey/secret'
import type { AskForLeaks } from './leak-look.ts'
import { StepTimes } from './step-times.ts'
import type { TurnLedger, TurnState } from './turn-ledger.ts'

/** A controller as its listener shows it. */
export interface ControllerState {
  readonly ledger: Pick<TurnLedger, 'absentAt' | 'ends' | 'stateOf' | 'waitOf'>
  readonly stepTimes: StepTimes
  isLeading: boolean
  /** Whether the whole family was looked at since this process leads: before that, no problem is known. */
  hasLooked: boolean
  /** Whether the store or the journal could not be used at the last attempt. */
  isFailing: boolean
  /** When the whole family was last looked at, in milliseconds since the epoch. */
  lookedAt?: number
  /** When the turn of each secret is, as of the last look; nothing while another process leads. */
  turns: () => readonly ScheduledRotation[]
  /** How old each secret is, as of the last look; nothing while another process leads. */
  ages: () => readonly SecretAge[]
  /** The sessions that far sides had open at the last look, of each version that they could count; none while another process leads. */
  sessions: readonly CountedSessions[]
  /** Asks the replicas for leaks; of none while another process leads. */
  askForLeaks: AskForLeaks
}

/** The sessions of one version at the far side of its secret. */
export interface CountedSessions {
  readonly secret: string
  readonly kind: string
  readonly version: string
  readonly sessions: number
}

/** The state of a controller that follows, and has looked at nothing yet. */
export function newState(ledger: ControllerState['ledger'], clock: Clock): ControllerState {
  const none = {
    turns: () => [],
    ages: () => [],
    sessions: [],
    askForLeaks: () => Promise.resolve(new Set<string>()),
  }
  const stepTimes = new StepTimes(clock)
  return { ledger, stepTimes, isLeading: false, hasLooked: false, isFailing: false, ...none }
}

/** Outcomes by exit code; any other is `failed`. */
const OUTCOMES: ReadonlyMap<number, string> = new Map([
  [0, 'rotated'],
  [3, 'busy'],
  [4, 'stopped'],
  [5, 'rolled-back'],
  [6, 'fenced'],
  [8, 'unwritable'],
])
const STATES: readonly TurnState[] = ['settled', 'rotating', 'failing', 'stuck']
const MS = 1_000

/** The answers of a controller: `/health/live`, `/health/ready`, `/metrics`. */
export function controllerRoutes(state: ControllerState): Map<string, InternalRoute> {
  return new Map<string, InternalRoute>([
    ['/health/live', () => jsonAnswer(200, { live: true })],
    ['/health/ready', () => jsonAnswer(state.isFailing ? 503 : 200, { ready: !state.isFailing })],
    ['/metrics', confidential(() => ({ status: 200, type: METRICS_TYPE, body: metricsOf(state) }))],
  ])
}

interface Metric extends MetricHead {
  readonly samples: (state: ControllerState) => readonly Sample[]
}

const METRICS: readonly Metric[] = [
  {
    name: 'rekey_controller_leading',
    type: 'gauge',
    help: 'Whether this process rotates, rather than waits to.',
    samples: ({ isLeading }) => [[{}, Number(isLeading)]],
  },
  {
    name: 'rekey_controller_last_look_timestamp_seconds',
    type: 'gauge',
    help: 'When the whole family was last looked at.',
    samples: ({ lookedAt }) => (lookedAt === undefined ? [] : [[{}, lookedAt / MS]]),
  },
  {
    name: 'rekey_rotation_state',
    type: 'gauge',
    help: 'Whether a secret is in that state; stuck: a person has to mend what its failure names.',
    samples: ofEach(({ secret }, { ledger }) =>
      STATES.map((one) => [{ state: one }, Number(one === ledger.stateOf(secret))]),
    ),
  },
  {
    name: 'rekey_rotation_due_timestamp_seconds',
    type: 'gauge',
    help: 'When the turn of a secret is.',
    samples: ofEach(({ dueAt }) => (dueAt === undefined ? [] : [[{}, dueAt.getTime() / MS]])),
  },
  {
    name: 'rekey_rotation_overdue',
    type: 'gauge',
    help: 'Whether a secret is older than its policy allows.',
    samples: ofEach(({ isOverdue }) => [[{}, Number(isOverdue)]]),
  },
  {
    name: 'rekey_rotation_created_timestamp_seconds',
    type: 'gauge',
    help: 'When the current version of a secret was made; of a certificate, when it begins.',
    samples: ofAge(({ createdAt }) => createdAt),
  },
  {
    name: 'rekey_rotation_expires_timestamp_seconds',
    type: 'gauge',
    help: 'When the current version of a secret ends by itself, as a certificate does.',
    samples: ofAge(({ expiresAt }) => expiresAt),
  },
  {
    name: 'rekey_rotation_absent_replicas',
    type: 'gauge',
    help: 'How many replicas gave no answer when the last turn of a secret failed for that.',
    samples: ofEach(({ secret }, { ledger }) => [[{}, ledger.absentAt(secret).length]]),
  },
  {
    name: 'rekey_rotation_late_replicas',
    type: 'gauge',
    help: 'For how many replicas the step waits that is under way.',
    samples: ofEach(({ secret }, { ledger }) => {
      const wait = ledger.waitOf(secret)
      return wait === undefined ? [] : [[{ step: wait.step }, wait.replicas]]
    }),
  },
  {
    name: 'rekey_rotation_sessions',
    type: 'gauge',
    help: 'How many sessions the far side had open with a version at the last look, as a database has of a login.',
    samples: ({ sessions }) =>
      sessions.map(({ sessions: n, ...labels }): Sample => [{ ...labels }, n]),
  },
  {
    name: 'rekey_rotation_step_seconds',
    type: 'histogram',
    help: 'How long the steps of rotations took here; admit and confirm end when every replica has converged.',
    samples: ({ stepTimes }) => stepTimes.samples(),
  },
  {
    name: 'rekey_rotation_turns_total',
    type: 'counter',
    help: 'Rotations that ended here, by outcome.',
    samples: ({ ledger }) => endsOf(ledger),
  },
]

function ofAge(time: (age: SecretAge) => Date | undefined): Metric['samples'] {
  return ({ ages }) =>
    ages().flatMap((age) => {
      const at = time(age)
      const { name: secret, kind } = age
      return at === undefined ? [] : [[{ secret, kind }, at.getTime() / MS] as const]
    })
}

/** The samples of every secret, labelled with its name and kind. */
function ofEach(
  samples: (turn: ScheduledRotation, state: ControllerState) => readonly Sample[],
): Metric['samples'] {
  return (state) =>
    state.turns().flatMap((turn) => {
      const { secret, kind } = turn
      return samples(turn, state).map(([own, n]): Sample => [{ secret, kind, ...own }, n])
    })
}

function metricsOf(state: ControllerState): string {
  return METRICS.map(({ samples, ...head }) => formatMetric(head, samples(state))).join('')
}

function endsOf({ ends }: ControllerState['ledger']): Sample[] {
  return [...ends].flatMap(([secret, codes]) => {
    const counts = new Map<string, number>()
    for (const [code, n] of codes) {
      const outcome = OUTCOMES.get(code) ?? 'failed'
      counts.set(outcome, (counts.get(outcome) ?? 0) + n)
    }
    return Array.from(counts, ([outcome, n]): Sample => [{ secret, outcome }, n])
  })
}
