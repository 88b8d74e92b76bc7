import type { Fault, Order } from './scenario.ts'

/** What was explored with one fault at any place, while the first rotator rotates. */
export interface ExploredFault {
  /** What the second rotator does. */
  readonly order: Order
  readonly fault: Fault
  readonly runs: number
  readonly states: number
}

/** The extent of all orders without faults. */
export const CALM_COUNTS = { runs: 210, states: 129 }

/** As counted by the exhaustive tests, which compare. */
export const EXPLORED: readonly ExploredFault[] = [
  { order: 'rotate', fault: 'crash', runs: 1306, states: 970 },
  { order: 'rotate', fault: 'lost request', runs: 1464, states: 1057 },
  { order: 'rotate', fault: 'lost reply', runs: 1347, states: 987 },
  { order: 'rotate', fault: 'no answer', runs: 1770, states: 1019 },
  { order: 'rotate', fault: 'restart', runs: 1879, states: 1164 },
  { order: 'rotate', fault: 'leave', runs: 970, states: 570 },
  { order: 'rotate', fault: 'lie', runs: 3814, states: 1976 },
  { order: 'rotate', fault: 'late replica', runs: 4526, states: 3034 },
  { order: 'rotate', fault: 'join', runs: 5562, states: 3215 },
  { order: 'roll back', fault: 'crash', runs: 889, states: 706 },
  { order: 'roll back', fault: 'lost reply', runs: 934, states: 728 },
]
