import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeMissingPackage } from '@rekey/secret/internal'
import { UsageError } from '../failure.ts'
import type { CodeReader } from './source-survey.ts'

const PLUGIN = '@rekey/eslint-plugin'
/** Not a constant of the import below: the linter depends on this package, and is no part of what a rotator installs. */
const SURVEY = [PLUGIN, 'internal/survey'].join('/')

/**
 * Loads the survey of the linter: installed beside this package, or in the repository at `root`.
 *
 * @throws {UsageError} where the linter, or a package that it needs, is not installed
 */
export async function loadSurvey(root: string): Promise<CodeReader> {
  try {
    return (await import(SURVEY).catch(() => importFrom(root))) as CodeReader
  } catch (error) {
    const missing = describeMissingPackage(error)
    if (missing === undefined) throw error
    throw new UsageError(`${PLUGIN} reads the code: ${missing}`)
  }
}

async function importFrom(root: string): Promise<unknown> {
  const path = createRequire(join(root, 'package.json')).resolve(SURVEY)
  return import(pathToFileURL(path).href)
}
