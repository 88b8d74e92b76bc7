import type { TSESLint } from '@typescript-eslint/utils'
import { type ModelTable, modelTable } from './model-table.ts'

let shipped: ModelTable | undefined
const BY_SETTING = new WeakMap<object, ModelTable>()
const BY_FILE = new WeakMap<TSESLint.SourceCode, ModelTable>()

/**
 * Has the rules of the file of `context` ask the models of its settings, beside the shipped ones.
 *
 * @throws {TypeError} where the setting does not conform to the schema
 */
export function adoptModels({
  settings,
  sourceCode,
}: Readonly<TSESLint.RuleContext<string, readonly unknown[]>>): void {
  const own = settings['@rekey'] as { readonly models?: unknown } | undefined
  const added = own?.models
  if (added === undefined) return
  if (typeof added !== 'object' || added === null) modelTable(added)
  const key = added as object
  const table = BY_SETTING.get(key) ?? modelTable(added)
  BY_SETTING.set(key, table)
  BY_FILE.set(sourceCode, table)
}

/** The models for the file of `source`. */
export function modelsOf(source: TSESLint.SourceCode): ModelTable {
  return BY_FILE.get(source) ?? (shipped ??= modelTable())
}
