import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServiceDefinition } from '@rekey/config-loader'
import { errnoOf } from '@rekey/secret/files'
import { writeEnvExample } from './env-example.ts'
import { writeServiceSchema } from './service-schema.ts'

/** A file that follows from a service definition. */
export interface GeneratedFile {
  readonly name: string
  readonly text: string
}

/** The files that are made from a definition, to lie in the folder of its service. */
export function generateFiles(definition: ServiceDefinition): GeneratedFile[] {
  return [
    { name: '.env.example', text: writeEnvExample(definition) },
    { name: 'service.schema.json', text: writeServiceSchema(definition) },
  ]
}

/** Those of the files that are not in `directory` just as they should be. */
export async function findDrift(
  directory: string,
  definition: ServiceDefinition,
): Promise<GeneratedFile[]> {
  const files = generateFiles(definition)
  const there = await Promise.all(files.map(({ name }) => readIfThere(join(directory, name))))
  return files.filter(({ text }, index) => there[index] !== text)
}

function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
}
