import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/**
 * Checks JSON Lines of an installed `rekey` by the schema that its package has of the command.
 *
 * @param name of the schema: `rotate`, `db-adopt`
 * @returns the type of each line
 * @throws {Error} for a line that does not fit
 */
export async function checkLines(root: string, name: string, text: string): Promise<string[]> {
  const file = join(root, 'node_modules/@rekey/rekey/schemas', `${name}.json`)
  const schema = JSON.parse(await readFile(file, 'utf8')) as AnySchemaObject
  const ajv = addFormats.default(new Ajv2020({ allowUnionTypes: true }))
  const validate = ajv.compile(schema)
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const parsed: unknown = JSON.parse(line)
    if (validate(parsed)) return (parsed as { type: string }).type
    throw new Error(`a line of ${name}: ${line} ${ajv.errorsText(validate.errors)}`)
  })
}
