/**
 * Whether tests try every combination, of places and faults, or every store: under `npm run test:exhaustive`. Otherwise each place
 * still has one of the faults, in turn, and one store is tried, which takes a share of the time.
 */
export const isExhaustive = process.env['REKEY_EXHAUSTIVE'] === '1'
