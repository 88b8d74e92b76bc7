import type { GivesRow } from '../../models/model-table.ts'
import { modelsOf } from '../../models/models-of.ts'
import { perFile } from '../per-file.ts'
import { calledPath } from '../syntax/member-calls.ts'
import type { CallNode } from '../syntax/syntax.ts'

/** The row of the models about what `call` gives back. */
export const givenRow = perFile((call: CallNode, source): GivesRow | undefined => {
  const path = calledPath(call, source)?.replace(/^new /, '')
  return path === undefined ? undefined : modelsOf(source).givenBy(path)
})
