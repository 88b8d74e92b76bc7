import type { StagedSecret } from '@rekey/secret'
import type { FarSideModel } from './far-side-model.ts'
import type { Acknowledgement, Replica } from '@rekey/secret/internal/kind'

/** How a replica lies. */
export const LIES = ['claims to have loaded all', 'repeats an old report'] as const

/** One of these. */
export type Lie = (typeof LIES)[number]

interface Counts {
  uses: number
  failures: number
}

/** One replica of alpha, which calls, or of beta, which is called: the versions that it has loaded, and its counts. */
export class ReplicaModel {
  readonly name: string
  readonly service: 'alpha' | 'beta'
  readonly listed: Replica
  /** Whether discovery lists it. */
  isListed = true
  /** It has started, and discovery is about to list it. */
  isStarting = false
  /** Grows with each process. */
  since = 1
  /** It reads the store when it pleases, and not before time moves. */
  isLate = false
  /** It was late, and has not read the store since. */
  isLeftBehind = false
  /** It does not answer the next question. */
  isMute = false
  lie: Lie | undefined
  /** The version that its client is logged in with at a far side. */
  session: string | undefined
  /** Its client keeps the session of the version that it leaves. */
  isKeeping = false
  /** The version of a session that it has kept. */
  kept: string | undefined
  /** Versions that it has loaded and no longer holds, oldest first. */
  #dropped: string[] = []
  readonly #counts = new Map<string, Counts>()
  #oldReport: Acknowledgement | undefined
  #held: StagedSecret<unknown>

  constructor(name: string, held: StagedSecret) {
    this.name = name
    this.service = name.startsWith('alpha') ? 'alpha' : 'beta'
    this.#held = held
    const url = `https://${name}`
    this.listed = { service: this.service, url, healthUrl: `${url}:9000` }
  }

  /** The versions that it has loaded. */
  get held(): StagedSecret<unknown> {
    return this.#held
  }

  /** The versions of its sessions at a far side. */
  get sessions(): readonly string[] {
    return [this.session, this.kept].filter((version) => version !== undefined)
  }

  /** Its sessions of these versions were ended. */
  lose(versions: readonly string[]): void {
    if (this.session !== undefined && versions.includes(this.session)) this.session = undefined
    if (this.kept !== undefined && versions.includes(this.kept)) this.kept = undefined
  }

  /** It was listed late and has not polled since, so that it reads the store when a key is refused. */
  get isUnaware(): boolean {
    return this.isLate && !this.isLeftBehind
  }

  get dropped(): readonly string[] {
    return this.#dropped
  }

  /** Reads the store, which answers with `staged`. */
  load(staged: StagedSecret): Promise<void> | void {
    const before = versionsOf(this.#held)
    this.#held = staged
    this.#dropped = [...this.#dropped, ...before].filter((version) => !this.accepts(version))
    this.isLate = false
    this.isLeftBehind = false
  }

  /** Another process in its place, which reads the store at its start. */
  restart(staged: StagedSecret): Promise<void> | void {
    this.since += 1
    this.#held = staged
    this.isLate = false
    this.isLeftBehind = false
    this.lie = undefined
    this.session = undefined
    this.kept = undefined
    this.isKeeping = false
    this.#dropped = []
    this.#counts.clear()
  }

  /** From here on it lies. */
  beginToLie(lie: Lie): void {
    this.#oldReport = this.#reportOf(this.held)
    this.lie = lie
  }

  accepts(version: string): boolean {
    return versionsOf(this.held).includes(version)
  }

  /** Sends a version to a receiver. */
  send(version: string, receiver: ReplicaModel): Promise<void> | void {
    const isAccepted = receiver.show(version)
    this.#count(version, { uses: 1, failures: isAccepted ? 0 : 1 })
  }

  /** Logs in with the version in use; where that is refused, with the others that it holds. */
  logIn(farSide: FarSideModel): void {
    for (const version of versionsOf(this.held)) {
      const isAccepted = farSide.accepts(version)
      this.#count(version, isAccepted ? { uses: 1, failures: 0 } : { uses: 0, failures: 1 })
      if (!isAccepted) continue
      if (this.isKeeping && this.session !== version) {
        this.kept = this.session
        this.isKeeping = false
      }
      this.session = version
      return
    }
  }

  /** Whether it accepts a version that is shown to it, which it counts. */
  show(version: string): boolean {
    const isAccepted = this.accepts(version)
    this.#count(version, isAccepted ? { uses: 1, failures: 0 } : { uses: 0, failures: 1 })
    return isAccepted
  }

  /** Whether it answers. */
  answers(): boolean {
    const answers = !this.isMute
    this.isMute = false
    return answers
  }

  /** Its report, if it answers. */
  answer(latest: StagedSecret): Acknowledgement | undefined {
    return this.answers() ? this.report(latest) : undefined
  }

  report(latest: StagedSecret): Acknowledgement {
    if (this.lie === 'repeats an old report' && this.#oldReport !== undefined)
      return this.#oldReport
    return this.#reportOf(this.lie === undefined ? this.held : latest)
  }

  /** All that decides what it does next, beside what its fields hold. */
  state(latest: StagedSecret): unknown {
    return this.report(latest)
  }

  /** Ends its process. */
  close(): Promise<void> | void {
    return undefined
  }

  #count(version: string, more: Counts): void {
    const { uses, failures } = this.#counts.get(version) ?? { uses: 0, failures: 0 }
    this.#counts.set(version, { uses: uses + more.uses, failures: failures + more.failures })
  }

  #reportOf({ current, pending, previous, name }: StagedSecret<unknown>): Acknowledgement {
    const held = [current, pending, previous].filter((version) => version !== undefined)
    const versions = Array.from(this.#counts, ([version, counts]) => {
      return { version, ...counts, wrongSecrets: 0 }
    })
    const holding = this.session === undefined ? {} : { client: [this.session] }
    return {
      ...{ replica: `${this.name}#${this.since}`, name, kind: 'api-key', source: 'model' },
      ...{ end: this.service === 'alpha' ? 'sender' : 'receiver', state: 'fresh' },
      ...{ failuresInARow: 0, counts: NO_COUNTS },
      versions: held.map(({ stage, version }) => ({ stage, version })),
      usage: { since: this.since, versions, holding, failures: 0 },
    }
  }
}

const NO_COUNTS = { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 }

/** The versions that a secret has. */
export function versionsOf({ current, pending, previous }: StagedSecret<unknown>): string[] {
  return [current, pending, previous].flatMap((held) => held?.version ?? [])
}
