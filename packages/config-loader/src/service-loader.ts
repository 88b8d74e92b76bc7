import { setMaxListeners } from 'node:events'
import { type Clock, DisposalStack, type SecretSource, systemClock } from '@rekey/secret'
import type { DisposalError, SecretPolicy } from '@rekey/secret/internal'
import type { OpenedSource } from './store/locate/open-locator.ts'
import type { ServiceDefinition } from './define-service.ts'
import {
  type Environment,
  type EnvironmentVariables,
  isLastGoodSet,
  LAST_GOOD_KEY,
  lastGoodFrom,
  locatorIn,
  openEnvironmentSource,
  START_SPREAD,
  startSpreadFrom,
} from './environment.ts'
import { type EmitEvent, reportSource } from './follow/loader-event.ts'
import type { LastGood } from './last-good/last-good.ts'
import type { HoldSecret } from './held-secret.ts'
import type { SnapshotSecret } from './last-good/snapshot-secrets.ts'
import type { LoadOptions } from './load-options.ts'
import type { ProblemReport } from './startup-error.ts'

/** The context of loading. */
export interface LoaderContext {
  readonly definition: ServiceDefinition
  readonly environment: Environment
  readonly options: LoadOptions
  readonly report: ProblemReport
}

/** Where the secrets come from. */
interface Opened {
  readonly source: SecretSource
  /** The source, if it was opened here. */
  readonly owned: OpenedSource | undefined
}

/** How long the source may take to end its leases and sessions. */
const DISPOSE_LIMIT_MS = 5_000

/** Never aborted: a start is ended by its time limits. */
const START_SIGNAL: AbortSignal = new AbortController().signal
// Each read in flight listens to it, however many there are.
setMaxListeners(0, START_SIGNAL)

/** Opens what is needed; nothing if that fails, which goes to the report. Opening a source may log in to it already. */
export async function openLoader(context: LoaderContext): Promise<Loader | undefined> {
  const { options, report } = context
  const { startSpreadMs, env, clock = systemClock, random = Math.random } = options
  // Only a promise is awaited: each turn of the queue counts where a service has settings alone.
  const isSpread = startSpreadMs === undefined && env[START_SPREAD] !== undefined
  const spreadMs = (isSpread ? await collectStartSpread(env, report) : startSpreadMs) ?? 0
  if (spreadMs > 0) await clock.sleep(random() * spreadMs, undefined, { keepAlive: true })
  const keeps = options.lastGood !== undefined || isLastGoodSet(env)
  const lastGood = keeps ? await collectLastGood(context) : undefined
  const given = options.source && { source: options.source, owned: undefined }
  const opened = given ?? (await collectSource(context))
  if (opened === undefined) return undefined
  // Without a registered SDK of OpenTelemetry nothing is loaded.
  const isTraced = Symbol.for('opentelemetry.js.api.1') in globalThis
  const traced = isTraced && (await (await import('./read-spans.ts')).addReadSpans(opened))
  return new Loader(context, traced || opened, lastGood)
}

/** Loads the secrets of a service, and follows them afterwards. */
export class Loader {
  readonly environment: Environment
  readonly source: SecretSource
  readonly owned: OpenedSource | undefined
  readonly clock: Clock
  readonly limitMs: number
  readonly random: () => number
  readonly emit: EmitEvent
  readonly lastGood: LastGood | undefined
  readonly signal: AbortSignal = START_SIGNAL
  readonly #context: LoaderContext
  readonly #stack: DisposalStack
  #kept: Promise<ReadonlyMap<string, SnapshotSecret>> | undefined

  constructor(context: LoaderContext, { source, owned }: Opened, lastGood: LastGood | undefined) {
    const { options, environment } = context
    this.environment = environment
    this.source = source
    this.owned = owned
    this.clock = options.clock ?? systemClock
    this.limitMs = options.probeTimeoutMs ?? 10_000
    this.random = options.random ?? Math.random
    this.emit = options.onEvent ?? dropEvent
    this.lastGood = lastGood
    this.#context = context
    this.#stack = new DisposalStack({ clock: this.clock, limitMs: DISPOSE_LIMIT_MS })
    if (owned) this.#stack.use(owned, 'source of secrets')
    if (lastGood) this.#stack.defer(() => lastGood.settled(), 'last-good snapshot')
  }

  /** Policies of a secret, the later before the earlier. */
  policiesFor(key: string, name: string): readonly (SecretPolicy | undefined)[] {
    const { policy, policies } = this.#context.options
    return [policy, policies?.[key], this.owned?.policyFor(name)]
  }

  /** Starts the holder of a secret that this process must not have; undefined for all others. */
  holdOf(key: string): HoldSecret<never> | undefined {
    return this.#context.options.heldBy?.[key]
  }

  /** Disposes the holder of a secret with everything else. */
  own(holder: AsyncDisposable, name: string): void {
    this.#stack.use(holder, `holder of ${name}`)
  }

  /** Secrets that may be taken from the snapshot if the source is unreachable. */
  keptSecrets(): Promise<ReadonlyMap<string, SnapshotSecret>> {
    this.#kept ??= this.lastGood?.read() ?? Promise.resolve(new Map())
    return this.#kept
  }

  /** Disposes what was opened here. A failure is an event: nothing is left to be done about it. */
  async dispose(): Promise<void> {
    try {
      await this.#stack.dispose()
    } catch (error) {
      const { code, message } = error as DisposalError
      this.emit({ type: 'close-failed', code, message })
    }
  }
}

function dropEvent(): void {
  // A caller that loads a service need not listen.
}

async function collectSource(context: LoaderContext): Promise<Opened | undefined> {
  const { options, environment, report } = context
  const { stores, env, onEvent = dropEvent } = options
  const rule = 'a source of secrets that this environment allows'
  const owned = await report.collect({ key: 'REKEY_SECRETS', rule, source: 'env' }, () =>
    openEnvironmentSource(env, environment, {
      stores,
      onEvent: reportSource(locatorIn(env), onEvent),
    }),
  )
  return owned && { source: owned, owned }
}

function collectStartSpread(
  env: EnvironmentVariables,
  report: ProblemReport,
): Promise<number | undefined> {
  const rule = 'milliseconds over which starts are spread'
  return report.collect({ key: START_SPREAD, rule, source: 'env' }, () => startSpreadFrom(env))
}

function collectLastGood({
  definition,
  environment,
  options,
  report,
}: LoaderContext): Promise<LastGood | undefined> {
  const { clock = systemClock, onEvent: emit = dropEvent, env } = options
  const rule = 'a key of at least 32 characters'
  return report.collect({ key: LAST_GOOD_KEY, rule, source: 'env' }, async () => {
    const place = options.lastGood ?? (await lastGoodFrom(env))
    // Few services keep a snapshot; the others start without what it needs.
    const { definitionHash } = await import('./last-good/definition-hash.ts')
    const { LastGood } = await import('./last-good/last-good.ts')
    const hash = definitionHash(definition, environment)
    return new LastGood(place, { service: definition.name, definition: hash, clock, emit })
  })
}
