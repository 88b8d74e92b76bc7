import {
  type HealthReport,
  type SecretHealth,
  singleFlight,
  type VersionUse,
} from '@rekey/secret/internal'
import { within } from '@rekey/secret'

/** The media type of `/metrics`: Prometheus text exposition format, version 0.0.4. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** A metric, as Prometheus names it. */
export interface MetricHead {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
}

/** Labels by name, and a value; of a histogram also the end of the sample's name: `_bucket`, `_sum`, `_count`. */
export type Sample = readonly [Labels, number, string?]

interface Metric extends MetricHead {
  /** Each sample: its own labels and its value. */
  readonly samples: (secret: SecretHealth) => readonly Sample[]
}

type Labels = Readonly<Record<string, string>>

const STATES: readonly SecretHealth['state'][] = ['fresh', 'stale', 'expired', 'absent']
const MS = 1_000

const METRICS: readonly Metric[] = [
  {
    name: 'rekey_secret_state',
    type: 'gauge',
    help: 'Whether a secret is in that state; fresh and stale are served.',
    samples: ({ state }) => STATES.map((each) => [{ state: each }, Number(each === state)]),
  },
  {
    name: 'rekey_secret_info',
    type: 'gauge',
    help: 'The versions of a secret that are live here.',
    samples: ({ versions }) => versions.map(({ stage, version }) => [{ stage, version }, 1]),
  },
  {
    name: 'rekey_secret_since_good_read_seconds',
    type: 'gauge',
    help: 'Time since the source last named what is in use.',
    samples: ({ sinceGoodReadMs: ms }) => (ms === undefined ? [] : [[{}, ms / MS]]),
  },
  {
    name: 'rekey_secret_until_next_read_seconds',
    type: 'gauge',
    help: 'Time until the source is read again.',
    samples: ({ untilNextReadMs: ms }) => (ms === undefined ? [] : [[{}, ms / MS]]),
  },
  {
    name: 'rekey_secret_problem',
    type: 'gauge',
    help: 'What keeps the newest version from being used.',
    samples: ({ problem }) => (problem === undefined ? [] : [[{ code: problem }, 1]]),
  },
  {
    name: 'rekey_secret_age_seconds',
    type: 'gauge',
    help: 'Time since the store got a version, where it has the time.',
    samples: ({ versions }) =>
      versions.flatMap(({ stage, version, ageMs: ms }) =>
        ms === undefined ? [] : [[{ stage, version }, ms / MS] as const],
      ),
  },
  {
    name: 'rekey_secret_uses_total',
    type: 'counter',
    help: 'Uses of a version: at a receiver, that were accepted; at a sender, that were sent.',
    samples: ofUse(({ uses }) => uses),
  },
  {
    name: 'rekey_secret_refusals_total',
    type: 'counter',
    help: 'Uses of a version that were refused though it was the right value.',
    samples: ofUse(({ failures }) => failures),
  },
  {
    name: 'rekey_secret_wrong_values_total',
    type: 'counter',
    help: 'Attempts with the id of a version and another value.',
    samples: ofUse(({ wrongSecrets }) => wrongSecrets),
  },
  {
    name: 'rekey_secret_last_use_timestamp_seconds',
    type: 'gauge',
    help: 'When a version was last used here.',
    samples: ({ usage: { versions } }) =>
      versions.flatMap(({ version, lastUsedAt: at }) =>
        at === undefined ? [] : [[{ version }, at / MS] as const],
      ),
  },
  {
    name: 'rekey_secret_failures_total',
    type: 'counter',
    help: 'Attempts that failed, with a version or without one.',
    samples: ({ usage: { failures } }) => [[{}, failures]],
  },
  {
    name: 'rekey_secret_leaks_total',
    type: 'counter',
    help: 'Lines in which a value was about to be printed, and was masked.',
    samples: ({ leaks = [] }) =>
      leaks.map(({ version = '', encoding, channel = '', callSite = '', count }) => [
        { version, encoding, channel, call_site: callSite },
        count,
      ]),
  },
  {
    name: 'rekey_secret_events_total',
    type: 'counter',
    help: 'Reads of the source, those that failed, changes, vetoed versions, reads after a rejection.',
    samples: ({ counts }) => Object.entries(counts).map(([event, n]) => [{ event }, n]),
  },
]

/** A count of each version that was used here. */
function ofUse(count: (use: VersionUse) => number): Metric['samples'] {
  return ({ usage: { versions } }) => versions.map((use) => [{ version: use.version }, count(use)])
}

/** Writes a health report as metrics. Labels hold names and versions, and no values. */
export function metricsOf({ service, secrets }: HealthReport): string {
  return METRICS.map(({ samples, ...head }) => {
    const all = secrets.flatMap((secret) => {
      const common = { service, secret: secret.name, source: secret.source }
      return samples(secret).map(([own, n]): Sample => [{ ...common, ...own }, n])
    })
    return formatMetric(head, all)
  }).join('')
}

/** Writes one metric with its samples, each on a line. Labels may hold names and versions, and no values. */
export function formatMetric({ name, type, help }: MetricHead, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, n, suffix = '']) => {
    const all = labelsOf(labels)
    return `${name}${suffix}${all === '' ? '' : `{${all}}`} ${n}\n`
  })
  return [`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, ...lines].join('')
}

/** A value of a service beside those of its secrets. */
export interface Gauge {
  /** For people, on one line. */
  readonly help: string
  /** Reads the value, with `Infinity` for what never was. One that throws or takes too long is left out of the answer. */
  readonly value: () => number | Promise<number>
}

/** Gauges by name; the unit comes last: `ca_backup_last_drill_seconds`. */
export type Gauges = Readonly<Record<string, Gauge>>

/** Of a gauge, by the naming rules of Prometheus; the prefix is that of the secrets. */
const GAUGE_NAME = /^(?!rekey_)[a-z][a-z0-9_]*$/

/**
 * Creates what reads the gauges of a service. Readers that come while it runs get the same lines, so that they cannot pile up.
 *
 * @throws {TypeError} for a name that Prometheus or the metrics of secrets do not allow
 */
export function createGauges(service: string, gauges: Gauges, limitMs: number) {
  const invalid = Object.keys(gauges).find((name) => !GAUGE_NAME.test(name))
  if (invalid !== undefined) throw new TypeError(`${invalid} is no name of a gauge; rename it`)
  const labels = labelsOf({ service })
  const linesOf = async (name: string, { help, value }: Gauge): Promise<string[]> => {
    const head = [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]
    try {
      const read = await within({ what: `the gauge ${name}`, limitMs }, async () => value())
      return [...head, `${name}{${labels}} ${read === Infinity ? '+Inf' : read}`]
    } catch {
      return head
    }
  }
  return singleFlight(async () => {
    const all = Object.entries(gauges).map(([name, gauge]) => linesOf(name, gauge))
    return (await Promise.all(all)).flat().map((line) => `${line}\n`)
  })
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

function labelsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, text]) => `${label}="${text.replaceAll(/[\\"\n]/g, (c) => ESCAPES[c] ?? c)}"`)
    .join(',')
}
