export { type CellFilter, type RunbookCell, runbookCells } from './cells.ts'
export { ENVIRONMENTS } from './environments.ts'
export { writeRunbooks } from './pages.ts'
