import { join } from 'node:path'
import type { ServiceDefinition } from '@rekey/config-loader'
import { errnoOf, readRegularFile } from '@rekey/secret/internal/files'
import type { SecretSpec } from '@rekey/secret'
import { z } from 'zod'

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
  return readRegularFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
}

/** One setting, as JSON Schema describes it. */
interface SettingSchema {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: unknown
}

/**
 * The variables that a service reads, as a `.env` file to copy and fill in: its settings, and its secrets without values. The
 * comments are on lines of their own, since the strict dialect allows none after a value.
 */
function writeEnvExample({ name, settings, secrets }: ServiceDefinition): string {
  const described = Object.entries(settingsOf(settings)).map(([key, setting]) => {
    const byDefault = typeof setting.default === 'string' || typeof setting.default === 'number'
    const line = byDefault ? `# ${key}=${setting.default}` : `${key}=`
    return `# ${describeSetting(setting)}\n${line}`
  })
  const secret = Object.values(secrets).map((spec) => {
    return `# ${describeSecret(spec)}\n${spec.nameFor(name)}=`
  })
  return [
    `# What ${name} reads from its environment. Made from its definition: rekey generate.\n`,
    '# development, test or production, which is what it is without this line\nREKEY_ENVIRONMENT=development\n',
    '# Settings',
    ...described,
    '\n# Secrets: or NAME_FILE=PATH instead of NAME=VALUE, or another source in REKEY_SECRETS',
    ...secret,
    '',
  ].join('\n')
}

function settingsOf(settings: z.ZodObject): Record<string, SettingSchema> {
  const { properties } = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' })
  return (properties ?? {}) as Record<string, SettingSchema>
}

function describeSetting(setting: SettingSchema): string {
  const { type = 'text', format, minimum, maximum, default: byDefault } = setting
  const kind = setting.enum?.map(String).join(', ') ?? TYPES[format ?? type] ?? format ?? type
  const least = minimum === undefined ? '' : `, at least ${minimum}`
  const most = maximum === undefined ? '' : `, at most ${maximum}`
  return `${kind}${least}${most}${byDefault === undefined ? '' : '; optional'}`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  uri: 'URL',
}

function describeSecret({ kind, rule, access }: SecretSpec): string {
  const ends = { sender: 'shown to', receiver: 'shown by' } as const
  const peer = access.end === 'owner' ? '' : `, ${ends[access.end]} ${access.peer}`
  return `${kind}${peer}: ${rule}`
}

/**
 * Writes the needs of a service as JSON Schema (draft 2020-12): its `settings`, as they are written and before their
 * transforms, and its `secrets` by the names that they have in a store.
 */
function writeServiceSchema({ name, settings, secrets }: ServiceDefinition): string {
  const { $schema, ...settingsSchema } = z.toJSONSchema(settings, {
    io: 'input',
    unrepresentable: 'any',
  })
  const properties = Object.values(secrets).map((spec) => {
    const { kind, rule, access, minLength } = spec
    const described = { type: 'string', description: `${kind}: ${rule}`, minLength }
    return [spec.nameFor(name), { ...described, writeOnly: true, 'x-access': access }] as const
  })
  const schema = {
    $schema,
    title: name,
    description: `What ${name} needs. Made from its definition: rekey generate.`,
    type: 'object',
    properties: {
      settings: settingsSchema,
      secrets: {
        type: 'object',
        properties: Object.fromEntries(properties),
        required: properties.map(([key]) => key),
      },
    },
    required: ['settings', 'secrets'],
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
