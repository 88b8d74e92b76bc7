/**
 * The parts of a command, for a plugin: `rekey ca` comes with `@rekey/ca-keystore`. It changes without notice.
 *
 * @module
 */
export { type Command, InvalidArgumentError, Option } from 'commander'
export type { CliContext } from './cli-context.ts'
export { describeFailure, StoppedError, UsageError } from './failure.ts'
export { instant, jsonLine, printing } from './json-output.ts'
export { addLogPlace, type LogPlaceFlags, openServedLog } from './log-place.ts'
export { collect } from './options.ts'
export { openPlaces, placed, type PlaceFlags, storable } from './place-value.ts'
export { createPrinter } from './printer.ts'
export { runCommandLine } from './run.ts'
export type {
  CodeReader,
  EntrySyntax,
  SourceSurvey,
  SurveyedVariable,
  SurveySource,
  TakenAs,
} from './adopt/source-survey.ts'
