import { SecretError, type SecretVersion } from '@rekey/secret'
import {
  type Acknowledgement,
  awaitBarrier,
  type BarrierCondition,
  EMERGENCY_DEADLINE_MS,
  type Patience,
  reaches,
  type Replica,
} from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { servedVersions } from '../use/served-versions.ts'
import { leafOf } from './judge-identity.ts'
import { shownFingerprint } from './tls-handshake.ts'

const HTTPS_PORT = 443

/** How the replicas of a service are watched. */
export interface IdentityFleetOptions extends Patience {
  readonly service: string
  /** A name that clients call the service by. */
  readonly name: string
  /** PEM of the roots that clients trust. */
  readonly trust: string
}

/** The replicas of a service that serves TLS: their reports, and what a client sees of them. */
export class IdentityFleet {
  readonly #options: IdentityFleetOptions

  constructor(options: IdentityFleetOptions) {
    this.#options = options
  }

  /** Waits until every replica has loaded `version`. @throws {SecretError} `unreachable`; `rejected` if one rejects it */
  async haveLoaded(version: SecretVersion, context: StepContext): Promise<void> {
    const what = 'load the new certificate'
    await this.#all({ what, ...reaches('loaded', version), version }, context)
  }

  /**
   * Waits until every replica reports that new handshakes show `version` alone, and a handshake with each shows it.
   *
   * @throws {SecretError} `unreachable` naming the replicas that are late; `rejected` if one rejects it
   */
  async serve(version: SecretVersion, context: StepContext): Promise<void> {
    const met = (ack: Acknowledgement) => servesOnly(ack, version)
    const { awaited } = reaches('current', version)
    const what = 'serve only the current certificate'
    await this.#all({ what, met, awaited, version }, context)
    await this.#show(version, context)
  }

  /** Waits until no replica shows `version` in new handshakes. @throws {SecretError} `unreachable` */
  async leave({ version }: SecretVersion, context: StepContext): Promise<void> {
    const met = ({ usage }: Acknowledgement) => !servedVersions(usage).includes(version)
    await this.#all({ what: 'stop serving the certificate', met }, context)
  }

  async #all(
    condition: Pick<BarrierCondition, 'what' | 'met' | 'awaited' | 'version'>,
    context: StepContext,
  ): Promise<void> {
    await awaitBarrier({ ...this.#options, ...condition }, context)
  }

  async #show(version: SecretVersion, context: StepContext): Promise<void> {
    const { fleet, deadlineMs, pollMs } = this.#options
    const { clock, signal, compromised } = context
    const wanted = leafOf(version)?.fingerprint
    const deadline =
      clock.elapsed() + (compromised ? Math.min(deadlineMs, EMERGENCY_DEADLINE_MS) : deadlineMs)
    const answers = await fleet.acknowledgements(this.#options, signal)
    let late = answers.map(({ replica }) => replica)
    for (;;) {
      late = await this.#lateAmong(late, wanted, signal)
      if (late.length === 0) return
      const problem = `the current certificate is not shown by ${late.map(({ url }) => url).join(', ')}`
      if (clock.elapsed() >= deadline) {
        if (!compromised) throw new SecretError('unreachable', problem)
        context.waiting(`went on, though ${problem}`)
        return
      }
      context.waiting(problem)
      await clock.sleep(pollMs, signal, { keepAlive: true })
    }
  }

  async #lateAmong(
    replicas: readonly Replica[],
    wanted: string | undefined,
    signal: AbortSignal,
  ): Promise<Replica[]> {
    const shown = await Promise.all(replicas.map(({ url }) => this.#shownBy(url, signal)))
    return replicas.filter((_replica, index) => {
      const fingerprint = shown[index]
      return fingerprint === undefined || fingerprint !== wanted
    })
  }

  /** The fingerprint that a client sees, if it sees one that it trusts. */
  async #shownBy(url: string, signal: AbortSignal): Promise<string | undefined> {
    const { name, trust } = this.#options
    const { hostname, port } = new URL(url)
    const host = hostname.replaceAll(/[[\]]/g, '')
    try {
      return await shownFingerprint({ host, port: Number(port || HTTPS_PORT), name, trust, signal })
    } catch (error) {
      if (error instanceof SecretError) return undefined
      throw error
    }
  }
}

function servesOnly({ versions, usage }: Acknowledgement, { version }: SecretVersion): boolean {
  const served = servedVersions(usage)
  const isCurrent = versions.some((one) => one.stage === 'current' && one.version === version)
  return isCurrent && served.length > 0 && served.every((one) => one === version)
}
