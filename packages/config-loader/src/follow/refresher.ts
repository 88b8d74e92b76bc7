import type { RejectionCause } from '@rekey/secret/internal'
import { type SecretSource, type StagedSecret, within } from '@rekey/secret'
import { type Answer, asSecretError, SourceReader } from './source-reader.ts'
import { commitTogether, type Proposal, type Replaced } from './commit-together.ts'
import type { FollowedSecret } from './followed-secret.ts'
import { type JudgeContext, judgeVersion } from './judge-version.ts'
import { reportedFailure } from './loader-event.ts'

/** Options of {@link Refresher}. Its signal ends everything; its limit is that of one read, and of one probe. */
export interface RefreshOptions extends JudgeContext {
  readonly source: SecretSource
  /** Gives numbers in [0, 1). */
  readonly random: () => number
  /** Called after each answer that changed something or confirmed it. */
  readonly committed: (replaced: readonly Replaced[]) => void
}

/** At most one read of a secret in this time, however many consumers report rejections or rotations wait. */
const REJECTION_COOLDOWN_MS = 1_000

/** The longest sleep at a time: timers stand still while the machine is suspended, and the waking has to be noticed. */
const LONGEST_SLEEP_MS = 15_000

/** Ends a sleep when something is due earlier than was planned. */
const REPLANNED = new Error('something is due earlier')

/** Keeps the secrets of one service up to date until its signal aborts: by schedule, by watching and on rejection. */
export class Refresher {
  readonly #options: RefreshOptions
  readonly #secrets: readonly FollowedSecret[]
  readonly #reader: SourceReader
  readonly #lastRejectionAt = new Map<FollowedSecret, number>()
  readonly #rejected = new Map<FollowedSecret, Promise<void>>()
  readonly #judging = new Map<
    FollowedSecret,
    { raw: StagedSecret; verdict: Promise<Proposal | undefined> }
  >()
  #sleep = new AbortController()

  constructor(secrets: readonly FollowedSecret[], options: RefreshOptions) {
    this.#options = options
    this.#secrets = secrets
    const names = secrets.map(({ name }) => name)
    this.#reader = new SourceReader(options.source, names, options)
  }

  /** Ends with the signal. */
  async run(): Promise<void> {
    this.#schedule(this.#secrets)
    const watching = this.#secrets.map((secret) => this.#watch(secret))
    await Promise.all([this.#poll(), ...watching])
  }

  /** Reads `secret` again after a consumer rejected the held value, or because another one is awaited. Calls during that read share its answer. */
  refreshAfter(secret: FollowedSecret, cause: RejectionCause): Promise<void> {
    const running = this.#rejected.get(secret)
    if (running !== undefined) return running
    if (this.#options.signal.aborted || !this.#mayAsk(secret)) return Promise.resolve()
    // A rotation that waits rejects nothing.
    if (cause !== 'awaited') secret.counts.rejections += 1
    const refreshing = this.#readAgain(secret, cause).finally(() => this.#rejected.delete(secret))
    this.#rejected.set(secret, refreshing)
    return refreshing
  }

  #mayAsk(secret: FollowedSecret): boolean {
    const now = this.#options.clock.elapsed()
    const coolAt = (this.#lastRejectionAt.get(secret) ?? -Infinity) + REJECTION_COOLDOWN_MS
    if (now < coolAt || secret.isResting) return false
    this.#lastRejectionAt.set(secret, now)
    return true
  }

  async #readAgain(secret: FollowedSecret, cause: RejectionCause): Promise<void> {
    if (cause === 'unauthorized') await this.#passOn(secret)
    secret.forgetPause()
    await this.#whileOpen(() => this.#refresh([secret]))
    this.#schedule([secret])
  }

  /** Reports a refusal by the far side to a source that could make another version. */
  async #passOn(secret: FollowedSecret): Promise<void> {
    const { source } = this.#options
    const version = secret.held?.current.version
    if (source.rejected === undefined || version === undefined) return
    try {
      const what = `${source.locator} to replace ${secret.name}`
      await within({ ...this.#options, what }, async () => source.rejected?.(secret.name, version))
    } catch (error) {
      if (!this.#options.signal.aborted) secret.failed(asSecretError(error))
    }
  }

  async #poll(): Promise<void> {
    while (await this.#untilDue()) {
      const now = this.#options.clock.elapsed()
      for (const secret of this.#secrets) secret.tellAge()
      const due = this.#secrets.filter(({ dueAt }) => dueAt <= now)
      if (due.length === 0) continue
      await this.#whileOpen(() => this.#refresh(due))
      this.#schedule(this.#reader.readsAll ? this.#secrets : due)
    }
  }

  /** False when the signal has aborted. Looks up now and then, since it may have slept longer than it knows. */
  async #untilDue(): Promise<boolean> {
    const { clock, signal } = this.#options
    const dueAt = this.#secrets.reduce((first, secret) => Math.min(first, secret.dueAt), Infinity)
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.max(0, dueAt - clock.elapsed()))
    this.#sleep = new AbortController()
    const end = () => {
      this.#sleep.abort(REPLANNED)
    }
    signal.addEventListener('abort', end, { once: true })
    try {
      await clock.sleep(waitMs, this.#sleep.signal)
    } catch (error) {
      if (error !== REPLANNED) throw error
    } finally {
      signal.removeEventListener('abort', end)
    }
    return !signal.aborted
  }

  async #watch(secret: FollowedSecret): Promise<void> {
    const { source, signal, clock } = this.#options
    while (source.watch !== undefined && !signal.aborted) {
      try {
        for await (const staged of source.watch(secret.name, signal)) {
          secret.events.over('watch-failed')
          await this.#whileOpen(() => this.#noticed(secret, staged))
          this.#schedule([secret])
        }
        return
      } catch (error) {
        const { locator } = source
        const failure = reportedFailure(asSecretError(error))
        secret.events.trouble({
          type: 'watch-failed',
          secret: secret.name,
          source: locator,
          ...failure,
        })
        await this.#whileOpen(() => clock.sleep(secret.staleness.ttlMs, signal))
      }
    }
  }

  /** A change of one secret may be one of several that were made at once. */
  async #noticed(secret: FollowedSecret, staged: StagedSecret): Promise<void> {
    if (this.#reader.readsAll) await this.#refresh([])
    else await this.#take(new Map([[secret, { order: this.#reader.nextOrder(), result: staged }]]))
  }

  async #refresh(due: readonly FollowedSecret[]): Promise<void> {
    if (this.#reader.readsAll) {
      await this.#takeAll(await this.#reader.readAll())
      return
    }
    const secrets = new Map(due.map((secret) => [secret.name, secret]))
    await this.#reader.read([...secrets.keys()], async (name, answer) => {
      const secret = secrets.get(name)
      if (secret !== undefined) await this.#take(new Map([[secret, answer]]))
    })
  }

  async #takeAll(answers: ReadonlyMap<string, Answer>): Promise<void> {
    await this.#take(
      new Map(
        this.#secrets.flatMap((secret) => {
          const answer = answers.get(secret.name)
          return answer === undefined ? [] : [[secret, answer] as const]
        }),
      ),
    )
  }

  /** Judges one answer of the source, then takes over in one step whatever is good. */
  async #take(answer: ReadonlyMap<FollowedSecret, Answer>): Promise<void> {
    const judging = Array.from(answer).flatMap(([secret, each]) => {
      const raw = secret.receive(each)
      return raw === undefined ? [] : [this.#judge(secret, raw)]
    })
    const proposals = (await Promise.all(judging)).filter((p) => p !== undefined)
    this.#options.signal.throwIfAborted()
    this.#options.committed(commitTogether(proposals))
  }

  /** The same revision is judged once at a time. */
  #judge(secret: FollowedSecret, raw: StagedSecret): Promise<Proposal | undefined> {
    const running = this.#judging.get(secret)
    if (running?.raw.revision === raw.revision) return running.verdict
    const verdict = this.#judgeOnce(secret, raw).finally(() => {
      if (this.#judging.get(secret)?.raw === raw) this.#judging.delete(secret)
    })
    this.#judging.set(secret, { raw, verdict })
    return verdict
  }

  async #judgeOnce(secret: FollowedSecret, raw: StagedSecret): Promise<Proposal | undefined> {
    const known = secret.held?.current.version
    const verdict = await judgeVersion(secret.spec, raw, known, this.#options)
    if ('staged' in verdict) return { secret, raw, stages: verdict }
    secret.vetoed(raw, [verdict])
    return undefined
  }

  /** Secrets that were read together get one draw, so that they are read together again. */
  #schedule(secrets: readonly FollowedSecret[]): void {
    const draw = this.#options.random()
    for (const secret of secrets) secret.schedule(draw)
    this.#sleep.abort(REPLANNED)
  }

  /** Ends quietly with the signal; whatever else goes wrong is a fault of ours. */
  async #whileOpen(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#options.signal.aborted) throw error
    }
  }
}
