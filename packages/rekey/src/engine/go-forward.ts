import { SecretError, type SecretVersion, type StagedSecret } from '@rekey/secret'
import {
  describeVersion,
  hasPending,
  hasPrevious,
  type RevokedVersion,
} from '@rekey/secret/internal/kind'
import type { WithPending, WithPrevious } from '@rekey/secret/kind'
import { abortPending, rollBackRun } from './roll-back.ts'
import { divideStrangers, withAccount } from './accounts.ts'
import { hold, type HoldRule, stayHeld } from './hold.ts'
import { receiptFor, type Rotated } from '../journal/journal.ts'
import { isDefinite, rolledBack } from './rotation-error.ts'
import type { RotationRun } from './rotation-run.ts'

/** How a rotation goes forward. */
interface Forward {
  /** The version that becomes current again, where a rotation is rolled back after `revoke`. */
  readonly again?: SecretVersion
  /** Whether the old version becomes current again if its end does harm. */
  readonly mayReturn: boolean
  /** Where it is held. Default: nowhere. */
  readonly hold?: HoldRule | undefined
}

/**
 * Takes the steps that are left. The stages in the store show how far it got: `pending` means staged, `previous` means
 * promoted. A definite refusal before `revoke` rolls everything back, unless the secret has leaked.
 *
 * @throws {RotationError} `rolled-back`, `stopped`, `fenced`
 */
export async function goForward(
  run: RotationRun,
  staged: StagedSecret,
  forward: Forward,
): Promise<Rotated> {
  const promoted = await switchOver(run, staged, forward)
  const { current, previous } = promoted
  const after = await revoke(run, promoted)
  await confirmRevokedOrReturn(run, { after, revoked: previous }, forward)
  return rotated(run, after, { version: current.version, revoked: describeVersion(previous) })
}

/** Has the far side refuse `previous`, and drops it from the store once the receipt is written. */
export function revoke(run: RotationRun, staged: WithPrevious): Promise<StagedSecret> {
  const { kind, store } = run
  return run.step('revoke', async (context) => {
    await kind.revoke(staged, context)
    if (kind.attestsItself !== true) {
      const evidence = `the ${kind.kind} kind has revoked it`
      await context.attest({ ...describeVersion(staged.previous), evidence })
    }
    return store.revoke(kind.name, staged.revision)
  })
}

/** Waits until every replica has dropped `revoked`. */
export async function confirmRevoked(run: RotationRun, revoked: RevokedVersion): Promise<void> {
  const { kind } = run
  if (kind.confirmRevoked === undefined) return
  await run.step('confirm-revoked', async (context) => kind.confirmRevoked?.(revoked, context))
}

/**
 * The result of a rotation whose steps are done. What has no receipt by now is asked of the far side, and is reported as unproven
 * where it cannot be asked.
 */
export async function rotated(
  run: RotationRun,
  staged: StagedSecret,
  { version, revoked }: { version: string; revoked: RevokedVersion },
): Promise<Rotated> {
  const { kind } = run
  const lost = run.intent?.lost ?? []
  const isRevoked = receiptFor(run.intent, revoked) !== undefined
  const open = isRevoked ? lost : [...lost, revoked]
  const found = await run.step(undefined, async ({ signal }) => kind.strangers?.(staged, signal))
  const closed = await closeLost(run, staged, { lost: open, found })
  const strangers = found?.filter((name) => !closed.includes(name)) ?? []
  const unproven = open.filter((each) => receiptFor(run.intent, each) === undefined)
  const { lateUses } = run
  const { lastedMs: gapMs } = run.intent?.gap ?? {}
  return {
    secret: kind.name,
    version,
    ...(!unproven.includes(revoked) && { revoked: revoked.id ?? revoked.version }),
    ...(unproven.length > 0 && { unproven: unproven.map((each) => each.id ?? each.version) }),
    ...(closed.length > 0 && { closed }),
    ...(strangers.length > 0 && { strangers }),
    ...(gapMs !== undefined && { gapMs }),
    ...(lateUses.length > 0 && { lateUses }),
  }
}

/** Versions and accounts that are left beside the store at the end of a rotation. */
interface Left {
  readonly lost: readonly RevokedVersion[]
  /** See `RotationKind.strangers`. */
  readonly found: readonly string[] | undefined
}

/** Closes the strangers that the journal knows, and the others where that was asked for; then asks for each version that is lost. */
async function closeLost(
  run: RotationRun,
  staged: StagedSecret,
  { lost, found = [] }: Left,
): Promise<readonly string[]> {
  const { kind, intent, closesStrangers } = run
  const { recorded, others } = divideStrangers(intent, found)
  const closing = { recorded, others: closesStrangers ? others : [] }
  const isNeeded = kind.closeLost !== undefined && lost.length > 0
  if (!isNeeded && recorded.length + closing.others.length === 0) return []
  const known = lost.map((each) => withAccount(intent, each))
  return run.step('sweep', async (context) => {
    const closed = (await kind.closeStrangers?.(closing, context)) ?? []
    const more = isNeeded ? await kind.closeLost?.(known, staged, context) : undefined
    return [...closed, ...(more ?? [])]
  })
}

/** Takes the steps from wherever it is until all replicas have switched and only the revocation is left. */
async function switchOver(
  run: RotationRun,
  staged: StagedSecret,
  { again, hold: rule }: Forward,
): Promise<WithPrevious> {
  try {
    if (hasPrevious(staged)) {
      await run.resumePromoted(describeVersion(staged.current))
      stayHeld(run, staged.current)
    }
    const promoted = hasPrevious(staged) ? staged : await promote(run, staged, again)
    if (run.intent?.mode === 'emergency') return promoted
    if (rule?.at === 'after-promote') await hold(run, rule, promoted.current)
    await run.step('confirm', (context) => run.kind.confirm(promoted, context))
    if (rule?.at === 'after-confirm') await hold(run, rule, promoted.current)
    return promoted
  } catch (error) {
    if (!isDefinite(error)) throw error
    if (run.intent?.mode === 'emergency') {
      // What leaked is still to be revoked: the next run tries another value.
      await abortPending(run, await run.read())
      throw error
    }
    await rollBackRun(run)
    throw rolledBack(error)
  }
}

async function promote(
  run: RotationRun,
  before: StagedSecret,
  again: SecretVersion | undefined,
): Promise<WithPrevious> {
  const { kind, store } = run
  const staged = hasPending(before) ? before : await stageNext(run, before, again)
  const intent = run.knowing(staged)
  await run.step('admit', (context) => kind.admit(staged, context), { ...(intent && { intent }) })
  await run.step('prove', (context) => kind.prove(staged.pending, staged.current, context))
  const to = describeVersion(staged.pending)
  const promoted = await run.promote(to, () => store.promote(kind.name, staged.revision))
  if (hasPrevious(promoted)) return promoted
  throw new SecretError('missing', 'the store lost what was replaced')
}

async function stageNext(
  run: RotationRun,
  before: StagedSecret,
  again: SecretVersion | undefined,
): Promise<WithPending> {
  const { kind, store } = run
  const next =
    again?.value ??
    (await run.step('generate', (context) => kind.generate(before.current, context)))
  const staged = await run.step('stage', () =>
    store.stage(kind.name, next, before.revision, {
      createdAt: again?.createdAt,
      journal: run.journal,
    }),
  )
  if (hasPending(staged)) return staged
  throw new SecretError('missing', 'the store lost what was staged')
}

/**
 * Waits until every replica has dropped the old version. If that does harm, the old value becomes current again by the same steps,
 * as old as it is.
 */
async function confirmRevokedOrReturn(
  run: RotationRun,
  { after, revoked }: { after: StagedSecret; revoked: SecretVersion },
  { mayReturn }: Forward,
): Promise<void> {
  try {
    await confirmRevoked(run, revoked)
  } catch (error) {
    const isLeaked = run.intent?.mode === 'emergency'
    if (!isDefinite(error) || !mayReturn || isLeaked) throw error
    const { lost } = run.intent ?? {}
    const from = describeVersion(after.current)
    await run.setIntent({ mode: 'forward', from, ...(lost && { lost }) })
    await goForward(run, after, { again: revoked, mayReturn: false })
    await run.setIntent({ ...run.intent, mode: 'forward', from, outcome: 'rolled-back' })
    throw rolledBack(error)
  }
}
