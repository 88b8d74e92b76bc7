export { REKEY } from './built-rekey.ts'
export { printedText } from './printed-text.ts'
export { readRunbook, type Runbook } from './runbook-blocks.ts'
export { type RunningRekey, runRekey, startRekey } from './run-rekey.ts'
export {
  type Machine,
  pathsOn,
  readUnit,
  requireRoot,
  runsUnits,
  startScript,
  writeSystemdRun,
} from './service-manager.ts'
export { withImports } from './with-imports.ts'
