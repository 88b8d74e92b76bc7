import { FAILSAFE_SCHEMA, loadAll } from 'js-yaml'
import { objectIn } from './lock.ts'

/**
 * The mapping in a text of YAML, or of JSON with commas at the end, with every scalar as a text. Of several documents, as pnpm 11 writes them, that with all their keys.
 *
 * @throws {YAMLException} for what is neither, a key that is there twice, and more than 100 levels
 */
export function readYaml(text: string): Readonly<Record<string, unknown>> {
  const documents = loadAll(text, undefined, { schema: FAILSAFE_SCHEMA })
  return Object.fromEntries(documents.flatMap((each) => Object.entries(objectIn(each))))
}
