export { printedText } from './printed-text.ts'
export { readRunbook, type Runbook } from './runbook-blocks.ts'
export { runRekey } from './run-rekey.ts'
export { withImports } from './with-imports.ts'
