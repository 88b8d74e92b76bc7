import { createHash } from 'node:crypto'
import { liveVersions } from '@rekey/secret/internal'
import { type Secret, SecretError, type SecretVersion, type StagedSecret } from '@rekey/secret'
import type { FarSide, FarSidePlan, StepContext, WithPending } from '@rekey/secret/kind'
import type { AdapterClient } from '../adapter/adapter-client.ts'
import type { IsAccepted } from './third-party-proof.ts'

/** Options of {@link AdapterCredentials}. */
export interface AdapterCredentialsOptions {
  /** Whether new values bear the mark of development. */
  readonly nonProduction: boolean
  /** See `FarSide.gapMs`, where the third party holds one credential. */
  readonly gapMs: number
  /** Tries credentials at the third party itself. Default: the adapter is asked. */
  readonly isAccepted?: IsAccepted
}

/** Credentials that an HTTP adapter changes at the third party, see README.md. */
export class AdapterCredentials implements FarSide {
  readonly name = 'the third party'
  readonly noun = 'credential'
  readonly lateCall =
    'The third party cannot refuse the late call of a rotator that was displaced: where it holds one credential, one that was on its way may still replace it. If calls fail after an emergency, rotate once more.'
  readonly #adapter: AdapterClient
  readonly #options: AdapterCredentialsOptions

  readonly gapMs: number

  constructor(adapter: AdapterClient, options: AdapterCredentialsOptions) {
    this.#adapter = adapter
    this.#options = options
    this.gapMs = options.gapMs
  }

  readonly slots = async (signal: AbortSignal) =>
    (await this.#adapter.list(signal)).holds === 1 ? 'one' : 'two-secrets'

  async plan(_staged: StagedSecret, signal: AbortSignal): Promise<FarSidePlan> {
    const { holds, takesValues } = await this.#adapter.list(signal)
    const both = holds === 2 ? 'beside the old one' : 'in place of the old one'
    return {
      generate: takesValues ? '32 random bytes' : 'the third party makes a new credential',
      admit: `it ${takesValues ? 'is given' : 'has made'} the new one, ${both}`,
      revoke: 'the third party ends the old one',
    }
  }

  async choose(current: SecretVersion, { gap, signal }: StepContext): Promise<Secret | undefined> {
    const { holds, takesValues } = await this.#adapter.list(signal)
    if (takesValues) return undefined
    if (holds === 1 && gap.sinceMs === undefined) await gap.begin()
    // The same key after a crash, and to a rotator that was displaced, gives the same credential: none is left behind or replaced.
    return (await this.#adapter.create(this.#orderAfter(current), signal)).value
  }

  async add({ pending }: WithPending, context: StepContext): Promise<void> {
    const { takesValues } = await this.#adapter.list(context.signal)
    if (takesValues) await this.#give(pending, context)
  }

  async accepts(value: Secret, signal: AbortSignal): Promise<boolean> {
    const { isAccepted } = this.#options
    return isAccepted?.(value, signal) ?? (await this.#adapter.verify(value, signal)).accepted
  }

  async withdraw({ current, pending }: WithPending, context: StepContext): Promise<void> {
    const { signal, compromised } = context
    const { holds, takesValues } = await this.#adapter.list(signal)
    // That it still accepts what it has replaced is no proof that it goes on to.
    const isReplaced = async () => holds === 1 && (await this.accepts(pending.value, signal))
    const isKept = async () => this.accepts(current.value, signal)
    if (!compromised && ((await isReplaced()) || !(await isKept()))) {
      if (!takesValues) throw noWayBack()
      await this.#give(current, context)
    }
    await this.remove(pending.value, context)
  }

  async remove(value: Secret, { signal }: Pick<StepContext, 'signal'>): Promise<void> {
    const { accepted, id } = await this.#adapter.verify(value, signal)
    if (!accepted) return
    if (id === undefined) {
      const remedy = 'revoke it there by hand, then run the rotation again'
      throw new SecretError('unreachable', `the adapter cannot name the credential: ${remedy}`)
    }
    await this.#adapter.revoke(id, signal)
  }

  async sweep(
    staged: StagedSecret,
    { signal }: Pick<StepContext, 'signal'>,
  ): Promise<readonly string[]> {
    const known = new Set<string>()
    for (const { value } of liveVersions(staged)) {
      const { accepted, id } = await this.#adapter.verify(value, signal)
      // A credential that cannot be distinguished from a stray stops the sweep.
      if (!accepted || id === undefined) return []
      known.add(id)
    }
    const strays = (await this.#adapter.list(signal)).credentials.filter(({ id }) => !known.has(id))
    for (const { id } of strays) await this.#adapter.revoke(id, signal)
    return strays.map(({ id }) => id)
  }

  #orderAfter({ name, version }: SecretVersion) {
    const idempotencyKey = createHash('sha256').update(`${name}\n${version}`).digest('hex')
    return { idempotencyKey, nonProduction: this.#options.nonProduction }
  }

  async #give(version: SecretVersion, { signal, fence }: StepContext): Promise<void> {
    await fence()
    const value = version.value.expose()
    await this.#adapter.create({ ...this.#orderAfter(version), value }, signal)
  }
}

/** Stops before the only credential that works is thrown away. */
function noWayBack(): SecretError {
  const message = 'the third party accepts only the new credential: finish by running it again'
  return new SecretError('refused', message)
}
