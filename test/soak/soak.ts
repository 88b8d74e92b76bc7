import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { StoreKind } from '@rekey/stack'
import { createFarSide } from './far-sides.ts'
import { MAKE, prepare } from './faults.ts'
import { AuditJudge } from './judge-audit.ts'
import { judgeEnd, judgeRun, type RunJudge } from './judge-run.ts'
import { judgeStatus } from './judge-status.ts'
import { KnownValues, type Staged } from './known-values.ts'
import { type FaultName, type PlannedRound, planRounds } from './plan-rounds.ts'
import { type EndedRun, failureOf, type RekeyRun, runRekey, startRekey } from './rekey-run.ts'
import { Sentences } from './sentences.ts'
import { openSoakFamily, type SoakFamily } from './soak-family.ts'
import { Tally } from './tally.ts'

/** Options of a run. */
export interface SoakOptions {
  readonly store: StoreKind
  readonly rounds: number
  readonly seed: number
  readonly faults?: readonly FaultName[] | undefined
  readonly people: number
  readonly onLine: (text: string) => void
}

/** How many secrets are rotated at once. */
const AT_ONCE = 3
const AGAIN_MS = 300
const LOG_END = 1_500
/** Of one secret in one round. The longest fault is a rotator that stands still until its lease is over. */
const TRIES = 200
/** The exit code of a rotator whose claim another one holds. */
const FENCED = 6
const AUDIT_LOCK = 'audit.lock: wait for it'

/** Soaks a family: see the usage of `main.ts`. */
export async function soak(options: SoakOptions): Promise<Tally> {
  const { store, onLine } = options
  await using family = await openSoakFamily({ ...options, onProgress: onLine })
  const run = new SoakRun(family, options)
  const secrets = await run.begin()
  const absent = absentFaults(family)
  for (const fault of absent)
    onLine(`not tried here, since this user or machine cannot make it: ${fault}`)
  const planned = planRounds({ ...options, secrets, absent })
  for (const round of planned) {
    onLine(describe(round, planned.length))
    await run.round(round)
  }
  const stopped = await family.load.stop()
  run.tally.end(store, stopped)
  return run.tally
}

function absentFaults({ disk, clock }: SoakFamily): FaultName[] {
  return [
    ...(disk ? [] : (['full-disk'] as const)),
    ...(clock ? [] : (['clock-back', 'clock-forward'] as const)),
  ]
}

function describe({ number, fault, service, secret, after, delayMs }: PlannedRound, of: number) {
  const what = fault.endsWith('-service') ? `${fault} ${service}` : fault
  return `round ${number}/${of}: ${what}, ${delayMs} ms after ${after} of ${secret}`
}

class SoakRun {
  readonly tally = new Tally()
  readonly #family: SoakFamily
  readonly #options: SoakOptions
  readonly #sentences = new Sentences()
  readonly #audit = new AuditJudge(this.#sentences)
  readonly #rotators = new Set<number>()
  readonly #names = new Map<string, string>()
  #judge: RunJudge | undefined
  #fault: Promise<void> = Promise.resolve()
  #reviving: Promise<void> | undefined
  #runs: EndedRun[] = []

  constructor(family: SoakFamily, options: SoakOptions) {
    this.#family = family
    this.#options = options
  }

  get #directory(): string {
    return this.#family.stack.directory
  }

  /** Gives the secrets of the family, by their names on the command line. */
  async begin(): Promise<string[]> {
    const { stack, database } = this.#family
    const publicRoot = await readFile(join(stack.directory, 'public-root.crt'), 'utf8')
    this.#judge = {
      sentences: this.#sentences,
      values: new KnownValues(stack.storage.admin),
      farSide: createFarSide(stack, publicRoot),
      hasRole: async (name) =>
        (await database.query('select 1 from pg_roles where rolname = $1', [name])).length > 0,
      rotators: this.#rotators,
    }
    const { lines } = await runRekey('status', this.#directory)
    for (const { type, secret, name } of lines) {
      if (type === 'secret') this.#names.set(String(secret), String(name))
    }
    return [...this.#names.keys()]
  }

  get #parts(): RunJudge {
    if (this.#judge === undefined) throw new TypeError('it has not begun')
    return this.#judge
  }

  async round(round: PlannedRound): Promise<void> {
    const before = await this.#currents()
    this.#runs = []
    const wrong = this.#sentences.wrong.length
    const env = await prepare(this.#family, round)
    const left = [...this.#names.keys()].filter((title) => title !== round.secret)
    const rotateLeft = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift())
        await this.#rotate(next)
    }
    const others = Array.from({ length: AT_ONCE - 1 }, rotateLeft)
    await Promise.all([this.#meet(round, env), ...others].map((lane) => this.#orFalse(lane)))
    await this.#orFalse(this.#judgeRound(before))
    this.tally.add(round.fault, {
      counts: this.#family.load.counts(),
      hangs: this.#runs.filter((run) => run.hangs).length,
      sentences: this.#sentences,
      newWrong: this.#sentences.wrong.slice(wrong),
    })
    for (const sentence of this.#sentences.wrong.slice(wrong))
      this.#options.onLine(`  FALSE  ${sentence}`)
    for (const run of this.#runs) this.#note(run)
  }

  /** A judge that cannot ask a server: this round is not proven, and the next ones may be. */
  async #orFalse(judging: Promise<void>): Promise<void> {
    try {
      await judging
    } catch (error) {
      this.#sentences.check(`the round could not be judged: ${String(error)}`, false)
    }
  }

  /** Every run that failed. A log that no checkpoint confirms is one that `audit verify` finds sound. */
  #note(run: EndedRun): void {
    const { words, lines, stderr, code, killedBy, hangs } = run
    if (code === 0 || lines.at(-1)?.type === 'sound') return
    const how = killedBy ?? `exit ${String(code)}`
    const message = failureOf(run) ?? stderr.trim().slice(-300)
    this.#options.onLine(`  ${hangs ? 'HANGS' : how}  ${words}: ${message}`)
  }

  /** Rotates the secret that the fault is for as that comes. */
  async #meet(round: PlannedRound, env: Record<string, string>): Promise<void> {
    const { secret, fault, after, delayMs } = round
    const before = await this.#look(secret)
    const run = this.#start(secret, env)
    await run.until(after)
    await delay(delayMs)
    const others = { isDone: false }
    const rotateByOthers = async () => {
      others.isDone = await this.#rotate(secret, true)
    }
    const making = MAKE[fault]({ family: this.#family, round, run, rotateByOthers })
    if (fault !== 'stop-rotator') this.#fault = making
    await Promise.all([making, this.#askMeanwhile()])
    if (fault === 'stop-rotator') {
      const isDone = await this.#take(run, secret)
      const { code } = await run.ended
      const sentence = `${secret}: a rotator whose claim was taken over ended with ${String(code)}`
      this.#sentences.check(sentence, isDone || code === FENCED || !others.isDone)
      if (!isDone && !others.isDone) await this.#rotate(secret)
    } else if (!(await this.#take(run, secret, before))) await this.#rotate(secret)
  }

  /** It may fail, and must end. */
  async #askMeanwhile(): Promise<void> {
    this.#runs.push(await runRekey('status', this.#directory))
  }

  /**
   * Until it is done, as a scheduler does; false if a rotator that stands still keeps all others out: it was stopped as it wrote to the audit log, and has
   * the lock of that.
   */
  async #rotate(title: string, isBesideStopped = false): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (!isBesideStopped || tries > 0) await this.#settled()
      const before = await this.#look(title)
      const run = this.#start(title)
      if (await this.#take(run, title, before)) return true
      const message = failureOf(await run.ended) ?? ''
      if (isBesideStopped && message.includes(AUDIT_LOCK)) return false
      await delay(AGAIN_MS)
    }
    this.#sentences.check(`${title}: not rotated by ${TRIES} runs`, false)
    return false
  }

  #start(title: string, env: Record<string, string> = {}): RekeyRun {
    const run = startRekey(`rotate ${title}`, { directory: this.#directory, env })
    this.#rotators.add(run.pid)
    return run
  }

  /** Judges a run once it has ended and what was made to fail works. True if it has rotated. */
  async #take(run: RekeyRun, title: string, before?: Staged): Promise<boolean> {
    const ended = await run.ended
    this.#runs.push(ended)
    await this.#settled()
    await this.#reviveServices()
    const after = await this.#look(title)
    const name = this.#names.get(title) ?? ''
    if (before) await judgeRun(this.#parts, { title, name, before, after, run: ended })
    return ended.lines.at(-1)?.type === 'rotated'
  }

  #settled(): Promise<void> {
    return this.#fault.catch(() => undefined)
  }

  #look(title: string): Promise<Staged> {
    return this.#parts.values.look(this.#names.get(title) ?? '')
  }

  async #currents(): Promise<Map<string, string | undefined>> {
    const titles = [...this.#names.keys()]
    const all = await Promise.all(titles.map((title) => this.#look(title)))
    return new Map(titles.map((title, n) => [title, all[n]?.current]))
  }

  #reviveServices(): Promise<void> {
    return (this.#reviving ??= this.#revive().finally(() => (this.#reviving = undefined)))
  }

  /** A service that ended by itself counts as a sentence that was false, and is started again. */
  async #revive(): Promise<void> {
    for (const service of this.#family.stack.services) {
      const { exitCode, signalCode } = service.process
      const hasEnded = exitCode !== null || signalCode !== null
      this.#sentences.check(
        `${service.name} ended by itself, with ${String(exitCode ?? signalCode)}`,
        !hasEnded,
      )
      if (!hasEnded) continue
      const log = await readFile(service.logPath, 'utf8')
      this.#options.onLine(`  the log of ${service.name} ends: ${log.slice(-LOG_END)}`)
      await service.start()
    }
  }

  async #judgeRound(before: ReadonlyMap<string, string | undefined>): Promise<void> {
    await this.#reviveServices()
    const directory = this.#directory
    const status = await runRekey('status', directory)
    await judgeStatus(this.#parts, this.#family.stack, status)
    const verified = await runRekey('audit verify', directory)
    const queried = await runRekey('audit query', directory)
    const now = await this.#currents()
    const changed = [...now].flatMap(([title, version]) =>
      version === before.get(title) ? [] : [this.#names.get(title) ?? ''],
    )
    this.#sentences.compare('secrets rotated in a round', this.#names.size, changed.length)
    this.#audit.judge(verified, queried, { runs: this.#runs, changed })
    this.#runs.push(status, verified, queried)
    for (const run of this.#runs) judgeEnd(this.#sentences, run)
  }
}
