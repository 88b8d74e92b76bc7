import { SecretError, type Secret, type SecretVersion, type StagedSecret } from '@rekey/secret'
import { discardPending, goBack } from './go-back.ts'
import { describeVersion, type Rotated } from './journal.ts'
import { isDefinite, undone } from './rotation-error.ts'
import {
  hasPending,
  hasPrevious,
  type RevokedVersion,
  type WithPending,
  type WithPrevious,
} from './rotation-kind.ts'
import type { RotationRun } from './rotation-run.ts'

/** How a rotation goes forward. */
interface Forward {
  /** The next value, where it is known already. */
  readonly next?: Secret
  /** Whether the old value comes back if its end does harm. */
  readonly mayReinstate: boolean
}

/**
 * Takes the steps that are left. The stages in the store say how far it got: `pending` means staged, `previous` means
 * promoted. A definite refusal before `revoke` takes everything back, unless the secret has leaked.
 *
 * @throws {RotationError} `undone`, `stopped`, `fenced`
 */
export async function goForward(
  run: RotationRun,
  staged: StagedSecret,
  forward: Forward = { mayReinstate: true },
): Promise<Rotated> {
  const promoted = await switchOver(run, staged, forward.next)
  const { current, previous } = promoted
  const { kind, store } = run
  const after = await run.step('revoke', async (context) => {
    await kind.revoke(promoted, context)
    return store.revoke(kind.name, promoted.revision)
  })
  await settle(run, { after, revoked: previous }, forward)
  const revoked = previous.id ?? previous.version
  return { secret: kind.name, version: current.version, revoked }
}

/** Waits until everyone knows that `revoked` is gone. */
export async function settleAt(
  run: RotationRun,
  revoked: RevokedVersion,
  urgency?: { compromised: boolean },
): Promise<void> {
  const { kind } = run
  if (kind.settle === undefined) return
  await run.step('settle', async (context) => kind.settle?.(revoked, context), urgency)
}

/** From wherever it is to where everyone has switched and nothing is left but to revoke. */
async function switchOver(
  run: RotationRun,
  staged: StagedSecret,
  next: Secret | undefined,
): Promise<WithPrevious> {
  try {
    const promoted = hasPrevious(staged) ? staged : await promote(run, staged, next)
    if (run.course?.goal !== 'emergency') {
      await run.step('confirm', (context) => run.kind.confirm(promoted, context))
    }
    return promoted
  } catch (error) {
    if (!isDefinite(error)) throw error
    if (run.course?.goal === 'emergency') {
      // What leaked is still to be revoked: the next run tries another value.
      await discardPending(run, await run.read())
      throw error
    }
    await goBack(run)
    throw undone(error)
  }
}

async function promote(
  run: RotationRun,
  before: StagedSecret,
  next: Secret | undefined,
): Promise<WithPrevious> {
  const { kind, store } = run
  const staged = hasPending(before) ? before : await stageNext(run, before, next)
  await run.step('admit', (context) => kind.admit(staged, context))
  await run.step('prove', (context) => kind.prove(staged.pending, staged.current, context))
  const promoted = await run.step('promote', () => store.promote(kind.name, staged.revision))
  if (hasPrevious(promoted)) return promoted
  throw new SecretError('missing', 'the store lost what was replaced')
}

async function stageNext(
  run: RotationRun,
  before: StagedSecret,
  known: Secret | undefined,
): Promise<WithPending> {
  const { kind, store } = run
  const next =
    known ?? (await run.step('generate', (context) => kind.generate(before.current, context)))
  const staged = await run.step('stage', () => store.stage(kind.name, next, before.revision))
  if (hasPending(staged)) return staged
  throw new SecretError('missing', 'the store lost what was staged')
}

/** Waits until everyone has dropped the old version. If that does harm, the old value comes back by the same steps. */
async function settle(
  run: RotationRun,
  { after, revoked }: { after: StagedSecret; revoked: SecretVersion },
  { mayReinstate }: Forward,
): Promise<void> {
  try {
    await settleAt(run, revoked)
  } catch (error) {
    const isLeaked = run.course?.goal === 'emergency'
    if (!isDefinite(error) || !mayReinstate || isLeaked) throw error
    const course = await run.steer({ goal: 'forward', from: describeVersion(after.current) })
    await goForward(run, after, { next: revoked.value, mayReinstate: false })
    await run.steer({ ...course, outcome: 'undone' })
    throw undone(error)
  }
}
