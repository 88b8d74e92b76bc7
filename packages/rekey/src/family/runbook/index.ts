/**
 * The runbooks of a family: what to type for each environment, kind of secret and situation, with the names of that family.
 *
 * @module
 */
export { type CellFilter, type RunbookCell, runbookCells } from './cells.ts'
export { ENVIRONMENTS } from './environments.ts'
export { writeRunbooks } from './pages.ts'
