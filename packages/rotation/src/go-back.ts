import type { StagedSecret } from '@rekey/secret'
import { describeVersion, hasPending, hasPrevious } from '@rekey/secret/kind'
import type { RotationRun } from './rotation-run.ts'

/**
 * Rolls an open rotation back to where it began. A promoted version makes room for the one before it, but only after that
 * one was shown to work still; then the pending one is aborted.
 *
 * @throws {RotationError} `stopped`: with the reason `rejected` or `refused` the old version works no more, and the only way
 * is forward
 */
export async function goBack(run: RotationRun): Promise<void> {
  const { kind, store } = run
  const found = await run.read()
  const { current, previous } = found
  if (previous !== undefined) {
    await run.step('prove', (context) => kind.prove(previous, current, context))
  }
  const from = run.intent?.from ?? describeVersion(previous ?? current)
  const intent = { ...run.intent, mode: 'rollback', from } as const
  await run.setIntent(intent)
  const staged = hasPrevious(found)
    ? await run.step('roll-back', () => store.rollback(kind.name, found.revision))
    : found
  await discardPending(run, staged)
  await run.setIntent({ ...intent, outcome: 'undone' })
}

/** Aborts the pending version, if there is one. */
export async function discardPending(
  run: RotationRun,
  staged: StagedSecret,
  urgency?: { compromised: boolean },
): Promise<StagedSecret> {
  const { kind, store } = run
  if (!hasPending(staged)) return staged
  return run.step(
    'undo',
    async (context) => {
      await kind.undo(staged, context)
      return store.discard(kind.name, staged.revision)
    },
    urgency,
  )
}
