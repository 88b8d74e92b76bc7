/**
 * Whether tests that try faults one by one try every combination: under `npm run test:exhaustive`. Otherwise each place still has one
 * of the faults, in turn, which takes a share of the time.
 */
export const isExhaustive = process.env['REKEY_EXHAUSTIVE'] === '1'
