import { guardProcess } from '@rekey/log-redactor'
import type { DisposalError, NamedLeak } from '@rekey/secret/internal'
import { DisposalStack, SecretError } from '@rekey/secret'
import { readReportKeys } from '../store/env-source.ts'
import { describeFailure, type Redact } from './describe-failure.ts'
import { type EnvironmentVariables, parseEnvironment } from '../environment.ts'
import {
  auditAccesses,
  type OpenAudit,
  type OpenAuditDatabase,
  prepareAudit,
} from './service-audit.ts'
import { type HealthListenerOptions, openHealthListener } from '../health-listener.ts'
import type { HealthListener, InternalTls } from '../internal-listener.ts'
import type { Gauges } from '../metrics.ts'
import type { ReadinessCheck } from '../readiness.ts'
import type { Service } from '../service.ts'
import type { LoaderEvent, SourceLevel, EmitEvent } from '../follow/loader-event.ts'

/** The result of starting a service. */
export interface RunningService {
  readonly service: Service
  /** The port of the internal listener. */
  readonly healthPort: number
  /** Where the internal listener listens. Default `127.0.0.1`. */
  readonly healthHost?: string
  /** Names by which the internal listener may be asked, beside loopback and its own address. Default none. */
  readonly healthHosts?: readonly string[]
  /** Checks that must pass for the service to be ready. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  /** Checks that fail before something stops working: reported beside readiness, which they do not change. */
  readonly warnings?: Readonly<Record<string, ReadinessCheck>>
  /** Values that `/metrics` has beside those of the secrets. */
  readonly gauges?: Gauges
  /** Serves health over TLS, see `serveReports` of `@rekey/tls-identity`. Default: HTTP. */
  readonly healthTls?: InternalTls
  /**
   * Opens the database of the audit log, where `REKEY_AUDIT_DATABASE` names one: `createPool` of `@rekey/db-pool-rotator`. Absent: such a log is
   * refused.
   */
  readonly auditDatabase?: OpenAuditDatabase
}

/** The part of `process` that a service's life depends on. */
export type ServiceProcess = Pick<NodeJS.Process, 'once' | 'exit' | 'stderr' | 'env'>

/** Masks secret values, and counts how often: a `Redactor`. */
interface Masks {
  readonly redact: Redact
  leaks?(): readonly NamedLeak[]
  watchLeaks?(listener: (leak: NamedLeak) => void): void
  watchUnfound?(listener: (name: string) => void): void
  readonly unmaskable?: readonly string[]
}

/** Takes what masks secret values in the message of a failed start. Its leaks are reported by the health listener. */
type RedactWith = (redactor: Masks) => void

/** How long a stop may take before the process exits anyway, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000

/**
 * Runs a service process: starts it, opens the health listener, and on SIGTERM or SIGINT, also during the start, disposes
 * everything in the reverse order. A service that cannot start prints why, without values, disposes what it has opened, and exits with 1. An error that is
 * not of this project is printed by class, file and line in production, elsewhere with its stack, and with its message once
 * `redactWith` was called. Where `process` is that of Node.js, whatever it prints is masked from then on, by whatever way it is printed
 * (`guardProcess` of `@rekey/log-redactor`), and the service goes on where that cannot be written, as on a full disk: the lines are dropped, and counted in a line
 * once the disk takes one again.
 *
 * Beyond loopback, names of secrets are reported to requests that are signed with `REKEY_HEALTH_KEY`, or the key in the file
 * that `REKEY_HEALTH_KEY_FILE` names; with `__PREVIOUS` after the name, another key for as long as that is replaced.
 *
 * A value that was about to be printed is a line on standard error, once for each version, spelling, output and line of code that printed it, within limits (`leaks` of `Redactor`); and an
 * event `leak` of the audit log in the directory that `REKEY_AUDIT_DIRECTORY` names, or in the PostgreSQL database whose URL is in `REKEY_AUDIT_DATABASE`, or in
 * the file that `REKEY_AUDIT_DATABASE_FILE` names. That also has each access: `access.read` for the versions at the start,
 * `access.refresh`, and `access.previous` for uses of a version that was replaced. A service whose first reads cannot be recorded does not start; later, it is
 * not ready while more accesses wait for the log than `REKEY_AUDIT_BUFFER` states, by default 0.
 *
 * A secret that the redactor does not find after it was registered is a line on standard error, is counted in `/metrics`, and fails the
 * check `masking` of `/health/ready`: in production the service is not ready, elsewhere it is a warning.
 *
 * @param start loads the service, opens what it needs, then its public port; it adds each of them to `own`
 * @example
 * ```ts
 * await runService(process, async (own, redactWith) => {
 *   const service = own.use(await loadService(definition, { env: process.env }), 'secrets')
 *   redactWith(createRedactor({ secrets: Object.values(service.secrets) }))
 *   const pool = own.use(await openRotatingPool({ credentials: service.secrets.database }), 'database')
 *   const server = createServer(listener).listen(service.settings.PORT)
 *   own.defer(() => new Promise((resolve) => server.close(resolve)), 'listener')
 *   return { service, healthPort: service.settings.HEALTH_PORT }
 * })
 * ```
 */
export async function runService(
  process: ServiceProcess,
  start: (own: DisposalStack, redactWith: RedactWith) => Promise<RunningService>,
): Promise<void> {
  const guard = process === globalThis.process ? guardProcess() : undefined
  guard?.dropLines((lines) => lineOf({ type: 'dropped', lines, reason: 'could not be written' }))
  const own = new DisposalStack()
  let health: HealthListener | undefined
  let redactor: Masks | undefined
  let stopping: Promise<void> | undefined
  const end = (exitCode: number) => (stopping ??= stop(process, own, exitCode))
  // From the first moment: process 1 of a container ignores a signal that it does not handle.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(0))
  // First in, last out: probes are answered until everything else has stopped.
  own.defer(() => health?.close(), 'health listener')
  try {
    const running = await start(own, (given) => {
      redactor = given
      guard?.add(given)
    })
    const { service, healthPort, healthHost, healthHosts, healthTls, checks } = running
    const { warnings, gauges, auditDatabase } = running
    const openAudit = prepareAudit({ env: process.env, own, openDatabase: auditDatabase })
    const write = (facts: object) => void process.stderr.write(`${lineOf(facts)}\n`)
    const audit = { service, env: process.env, own, openAudit, write }
    const masking = watchMasking(redactor, audit, isProduction(process.env))
    health = await openHealthListener(service, {
      port: healthPort,
      keys: await readReportKeys(process.env),
      ...(healthHost !== undefined && { host: healthHost }),
      ...(healthHosts && { hosts: healthHosts }),
      ...(healthTls && { tls: healthTls }),
      ...masking,
      checks: { ...checks, ...(await auditAccesses(audit)), ...masking.checks },
      ...((warnings ?? masking.warnings) && { warnings: { ...warnings, ...masking.warnings } }),
      ...(gauges && { gauges }),
    })
  } catch (error) {
    const redact: Redact | undefined = redactor && ((text) => redactor?.redact(text) ?? '')
    const production = isProduction(process.env)
    // A start that was stopped fails at what it would add next, which is no failure to report.
    if (!stopping) process.stderr.write(`${describeFailure(error, { production, redact })}\n`)
    await end(1)
  }
}

/** A line for the operator that reads like those of a logger. */
function lineOf(facts: object): string {
  return JSON.stringify({ ...facts, level: 50, time: Date.now(), msg: 'secrets' })
}

interface LeakPlaces {
  readonly service: Service
  readonly openAudit: OpenAudit
  /** Writes a line of JSON for the operator. */
  readonly write: (line: object) => void
}

/** Prints each new leak, and records it; and once each secret that is too weak to be masked wherever it appears. */
function watchLeaks(redactor: Masks | undefined, { service, openAudit, write }: LeakPlaces): void {
  const { replica } = service.health()
  for (const secret of redactor?.unmaskable ?? []) write({ type: 'unmaskable', secret })
  redactor?.watchLeaks?.(({ name, version, encoding, channel = '', callSite }) => {
    const details = { replica, encoding, channel, ...(callSite !== undefined && { callSite }) }
    const known = { ...(version !== undefined && { version }) }
    // Later: it is reported while a line is on its way to the same output.
    setImmediate(() => {
      write({ type: 'leak', secret: name, ...known, ...details })
      const event = { actor: service.name, action: 'leak', subject: name, ...known } as const
      if (openAudit === undefined) return
      openAudit()
        .then((log) => log.record({ ...event, outcome: 'refused', details }))
        .catch((error: unknown) => {
          const code = error instanceof SecretError ? error.code : 'failed'
          write({ type: 'leak-not-recorded', secret: name, ...known, code })
        })
    })
  })
}

/** Prints what goes wrong with the masking, and returns what the health listener has of it. */
function watchMasking(redactor: Masks | undefined, places: LeakPlaces, production: boolean) {
  watchLeaks(redactor, places)
  return {
    ...(redactor?.leaks && { leaks: redactor.leaks.bind(redactor) }),
    ...watchUnfound(redactor, places, production),
  }
}

/** Prints the name of each secret that is not masked though it was registered, once. */
function watchUnfound(
  redactor: Masks | undefined,
  { write }: LeakPlaces,
  production: boolean,
): Pick<HealthListenerOptions, 'checks' | 'warnings' | 'unfound'> {
  if (!redactor?.watchUnfound) return {}
  const names = new Set<string>()
  redactor.watchUnfound((secret) => {
    if (names.has(secret)) return
    names.add(secret)
    // Later: it may be reported while a line is on its way to the same output.
    setImmediate(() => {
      write({ type: 'unfound', secret })
    })
  })
  const masking = () =>
    names.size === 0
      ? Promise.resolve()
      : Promise.reject(new Error(`${[...names].join(', ')}: not masked; restart the service`))
  return { unfound: () => names, [production ? 'checks' : 'warnings']: { masking } }
}

/** Also where the environment is none that is known: that is one reason why a service does not start. */
function isProduction(env: EnvironmentVariables): boolean {
  try {
    return parseEnvironment(env) === 'production'
  } catch {
    return true
  }
}

async function stop(process: ServiceProcess, own: DisposalStack, exitCode: number): Promise<void> {
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
  try {
    await own.dispose()
    process.exit(exitCode)
  } catch (error) {
    process.stderr.write(`${(error as DisposalError).message}\n`)
    process.exit(1)
  }
}

/** The levels of pino, so that these lines read like those of a logger. */
const LEVELS: Readonly<Record<Exclude<LoaderEvent['type'], 'source-event'>, number>> = {
  changed: 30,
  recovered: 30,
  'left-out': 40,
  stale: 40,
  vetoed: 40,
  'source-failed': 40,
  'watch-failed': 40,
  'release-failed': 40,
  'last-good-failed': 40,
  'close-failed': 40,
  'last-good-refused': 50,
  'last-good-used': 50,
  expired: 50,
}

const SOURCE_LEVELS: Readonly<Record<SourceLevel, number>> = {
  info: 30,
  warning: 40,
  error: 50,
  security: 60,
}

/**
 * Writes each event as one line of JSON, for standard error: the first ones come before a service has a logger, which needs
 * the secrets in order to mask them. There is nothing to mask in an event.
 */
export function writeEvents(stream: { write(line: string): unknown }): EmitEvent {
  return (event) => {
    // What a source tells has a level of its own, in words.
    const level = event.type === 'source-event' ? SOURCE_LEVELS[event.level] : LEVELS[event.type]
    const line = { ...event, level, time: Date.now(), msg: 'secrets' }
    stream.write(`${JSON.stringify(line)}\n`)
  }
}
