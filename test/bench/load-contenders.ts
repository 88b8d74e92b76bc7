import { randomBytes } from 'node:crypto'
import { defineService, loadService } from '@rekey/config-loader'
import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createEnv } from '@t3-oss/env-core'
import convict from 'convict'
import { bool, cleanEnv, makeValidator, num, str, url, type ValidatorSpec } from 'envalid'
import { z } from 'zod'

/** One way to get typed values out of the environment. Throws, or rejects, at the first value that breaks its rule. */
export interface LoadContender {
  readonly name: string
  load(env: Variables): unknown
}

/** Environment variables. */
export type Variables = Readonly<Record<string, string>>

/** The names of what is loaded. */
export interface LoadPlan {
  readonly settings: readonly string[]
  readonly secrets: readonly string[]
}

/** One of the five types of setting, or a secret, in the words of each contender. */
interface Variable {
  readonly text: string
  /** A text that every contender must refuse; absent where any text will do. */
  readonly badText?: string
  readonly zod: z.ZodType
  readonly envalid: ValidatorSpec<unknown>
  readonly convict: { readonly format: unknown; readonly default: unknown }
}

const MIN_SECRET_LENGTH = 32

const SETTINGS: readonly Variable[] = [
  {
    text: 'text',
    zod: z.string(),
    envalid: str(),
    convict: { format: String, default: '' },
  },
  {
    text: '8080',
    badText: 'many',
    zod: z.coerce.number().int(),
    envalid: num(),
    convict: { format: 'int', default: 0 },
  },
  {
    text: 'https://example.org/path',
    badText: 'nowhere',
    zod: z.url(),
    envalid: url(),
    convict: { format: isUrl, default: '' },
  },
  {
    text: 'a',
    badText: 'c',
    zod: z.enum(['a', 'b']),
    envalid: str({ choices: ['a', 'b'] }),
    convict: { format: ['a', 'b'], default: 'a' },
  },
  {
    text: 'true',
    badText: 'perhaps',
    zod: z.stringbool(),
    envalid: bool(),
    // Its own Boolean takes any text for true.
    convict: { format: ['true', 'false'], default: 'false' },
  },
]

const SECRET: Variable = {
  text: '',
  badText: 'short',
  zod: z.string().min(MIN_SECRET_LENGTH),
  envalid: makeValidator(checkLength)(),
  convict: { format: checkLength, default: '' },
}

/** Everybody who loads what `plan` names; the first is the one that the others are measured by. */
export function loadContenders(plan: LoadPlan): LoadContender[] {
  const schemas = each(plan, ({ zod }) => zod)
  const whole = z.object(schemas)
  const validators = each(plan, ({ envalid }) => envalid)
  const format = each(plan, ({ convict }, env) => ({ ...convict, env }))
  return [
    { name: 'zod', load: (env) => whole.parse(env) },
    { name: 'loadService', load: loadWithRekey(plan) },
    {
      name: '@t3-oss/env-core',
      load: (env) => createEnv({ server: schemas, runtimeEnv: env, onValidationError: refuse }),
    },
    {
      name: 'envalid',
      load: (env) =>
        cleanEnv(env, validators, {
          reporter: ({ errors }) => {
            if (Object.keys(errors).length > 0) refuse()
          },
        }),
    },
    {
      name: 'convict',
      load: (env) => convict(format, { env, args: [] }).validate({ allowed: 'strict' }),
    },
  ]
}

/** What the environment holds for `plan`, every secret made at random. */
export function validVariables(plan: LoadPlan): Variables {
  const texts = each(plan, ({ text }) => text)
  return Object.fromEntries([
    ['REKEY_ENVIRONMENT', 'development'],
    ['REKEY_SECRETS', 'env'],
    ...Object.entries(texts).map(([name, text]) => [name, text === '' ? newSecret() : text]),
  ]) as Variables
}

/** The same with one bad value, once for each name where a value can be bad. */
export function badVariables(plan: LoadPlan): Variables[] {
  const good = validVariables(plan)
  return Object.entries(each(plan, ({ badText }) => badText)).flatMap(([name, badText]) =>
    badText === undefined ? [] : [{ ...good, [name]: badText }],
  )
}

function loadWithRekey(plan: LoadPlan): LoadContender['load'] {
  const definition = defineService({
    name: 'bench',
    settings: z.object(each({ ...plan, secrets: [] }, ({ zod }) => zod)),
    secrets: Object.fromEntries(plan.secrets.map((name) => [name, specOf(name)])),
  })
  // Without secrets there is nothing to open and nothing to close.
  if (plan.secrets.length === 0) {
    const source = createMemoryStore()
    return (env) => loadService(definition, { env, source })
  }
  return async (env) => {
    const service = await loadService(definition, { env })
    await service.close()
  }
}

function specOf(name: string): SecretSpec<string> {
  return {
    kind: 'bench',
    rule: `at least ${MIN_SECRET_LENGTH} characters`,
    access: { end: 'owner' },
    minLength: MIN_SECRET_LENGTH,
    nameFor: () => name,
    parse(text) {
      if (text.length < MIN_SECRET_LENGTH) throw new SecretError('malformed', 'it is too short')
      return {
        value: text,
        sensitive: [text],
        nonProduction: text.startsWith(NON_PRODUCTION_PREFIX),
      }
    },
  }
}

function each<T>(plan: LoadPlan, pick: (variable: Variable, name: string) => T): Record<string, T> {
  const settings = plan.settings.map((name, n) => {
    return [name, pick(SETTINGS[n % SETTINGS.length] ?? SECRET, name)] as const
  })
  const secrets = plan.secrets.map((name) => [name, pick(SECRET, name)] as const)
  return Object.fromEntries([...settings, ...secrets])
}

function newSecret(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}

function checkLength(text: string): string {
  if (text.length < MIN_SECRET_LENGTH) refuse()
  return text
}

function isUrl(text: string): void {
  if (!URL.canParse(text)) refuse()
}

function refuse(): never {
  throw new Error('a value breaks its rule')
}
