import type { PlacedStumble } from './key-scenario.ts'
import type { RotatorModel } from './rotator-model.ts'
import type { WorldParts } from './world-parts.ts'

/** Does `what` at its time, unless everything is healed by then. */
export function placeAt({ time, faults }: WorldParts, atMs: number, what: () => void): void {
  void time.sleep(atMs).then(() => {
    if (!faults.areHealed) what()
  })
}

/** Lets rotators stumble when their time has come. */
export function placeStumbles(
  stumbles: readonly PlacedStumble[],
  rotators: readonly [RotatorModel, RotatorModel],
  parts: WorldParts,
): void {
  for (const { rotator, atMs, ...stumble } of stumbles) {
    placeAt(parts, atMs, () => {
      rotators[rotator].process.stumbleAt(stumble)
    })
  }
}
