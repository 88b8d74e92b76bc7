import { liveVersions } from '@rekey/secret/internal'
import type { RotationKind } from '@rekey/secret/kind'
import { isOpen } from '../journal/journal.ts'
import { openFor } from './rotation-error.ts'
import type { RotationOptions } from './rotation-options.ts'
import { withRotation } from './with-rotation.ts'

/**
 * Removes what the far side still has of a secret though the store does not hold it, by the accounts that the journal has.
 *
 * @returns what was removed: role names, key ids
 * @throws {RotationError} `busy` while a rotation is open
 */
export function sweepOrphans(
  kind: RotationKind,
  options: RotationOptions,
): Promise<readonly string[]> {
  return withRotation(kind, options, async (run) => {
    const { intent } = run
    if (isOpen(run.intent)) throw openFor(kind.name, run.intent.request)
    const staged = await run.read()
    if (kind.sweep === undefined) return []
    const live = new Set(liveVersions(staged).map(({ version }) => version))
    const left = intent?.accounts?.filter(({ version }) => !live.has(version)) ?? []
    const sweep = kind.sweep.bind(kind)
    const removed = await run.step('sweep', (context) => sweep(staged, context, left))
    // The journal forgets the accounts of versions that have a receipt since.
    if (left.length > 0 && intent) await run.setIntent({ ...intent, accounts: [] })
    return removed
  })
}
