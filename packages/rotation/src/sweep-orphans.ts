import type { RotationKind } from '@rekey/secret/kind'
import { isOpen } from './journal.ts'
import { openFor } from './rotation-error.ts'
import type { RotationOptions } from './rotation-options.ts'
import { withRotation } from './rotation-run.ts'

/**
 * Removes what the far side still accepts though the store does not hold it.
 *
 * @returns what was removed: role names, key ids
 * @throws {RotationError} `busy` while a rotation is open
 */
export function sweepOrphans(
  kind: RotationKind,
  options: RotationOptions,
): Promise<readonly string[]> {
  return withRotation(kind, options, async (run) => {
    if (isOpen(run.intent)) throw openFor(kind.name, run.intent.request)
    const staged = await run.read()
    if (kind.sweep === undefined) return []
    return run.step('sweep', async (context) => (await kind.sweep?.(staged, context)) ?? [])
  })
}
