import type { Fault } from './scenario.ts'
import type { World } from './world.ts'

/** Something that can happen next. */
export interface Option {
  readonly label: string
  readonly fault?: Fault
  readonly happen: () => Promise<void> | void
}

/** Those that are no fault, and the faults that may still happen. */
export function allowed({ scenario, faultsLeft }: World, options: readonly Option[]): Option[] {
  const { faults } = scenario
  return options.filter(
    ({ fault }) => fault === undefined || (faultsLeft > 0 && faults.includes(fault)),
  )
}
