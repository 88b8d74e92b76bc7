// eslint-disable-next-line @rekey/no-raw-env -- the forms of values are read, and no value is kept
import { parseEnv } from 'node:util'
import { createRedactor } from '@rekey/log-redactor'
import { jsonIn } from '@rekey/secret'

/** A variable that a file beside the code names. */
export interface NamedVariable {
  readonly name: string
  /** From 1. */
  readonly line: number
  /** The form of its value there, which is not kept. */
  readonly form?: ValueForm
  /** Whether the file gives it a value with which the application runs: `.env`, and no example. */
  readonly isSet?: boolean
  /** Whether a library reads it because that file names it; undefined, if the file does not decide. */
  readonly need?: 'required' | 'optional'
}

/** Forms of values: a login at PostgreSQL, or another text that the redactor knows for a secret without its value. */
export type ValueForm = 'postgres-url' | 'secret'

const POSTGRES_URL = /^postgres(?:ql)?:\/\//i
const redactor = createRedactor({ secrets: [] })

function formOf(value: string): ValueForm | undefined {
  if (POSTGRES_URL.test(value)) return 'postgres-url'
  return redactor.redact(value) === value ? undefined : 'secret'
}

/** Files that document variables, and set none. */
const EXAMPLE = /example|sample|template|dist|defaults|schema|test/

const ENV_LINE = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=/gm

/** Reads the names in a `.env` file, and the forms of their values. */
export function variablesOfEnvFile(text: string, path: string): NamedVariable[] {
  const values = parseEnv(text)
  const isSet = !EXAMPLE.test(path)
  return withLines(text, ENV_LINE).map(({ name, line }) => {
    const value = values[name] ?? ''
    const form = formOf(value)
    return { name, line, ...(form && { form }), ...(isSet && value !== '' && { isSet }) }
  })
}

const PRISMA_ENV = /\benv\(\s*"([A-Za-z_]\w*)"\s*\)/g
const PRISMA_POSTGRES = /\bprovider\s*=\s*"(?:postgresql|postgres|cockroachdb)"/

/** Reads the variables of a schema of Prisma: https://www.prisma.io/docs/orm/reference/prisma-schema-reference#env. */
export function variablesOfPrisma(text: string): NamedVariable[] {
  const form: ValueForm = PRISMA_POSTGRES.test(text) ? 'postgres-url' : 'secret'
  return withLines(text, PRISMA_ENV).map((found) => ({ ...found, form, need: 'required' }))
}

/** Reads the variables of `config/custom-environment-variables.json`, of node-config: each text in it is one, or the `__name` of an object. */
export function variablesOfNodeConfig(text: string): NamedVariable[] {
  const names = new Set(textsIn(jsonIn(text)))
  return withLines(text, /"([A-Za-z_]\w*)"/g)
    .filter(({ name }) => names.has(name))
    .map((found) => ({ ...found, need: 'optional' }))
}

function* textsIn(value: unknown): Generator<string> {
  const left = [value]
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    if (typeof each === 'string') yield each
    else if (typeof each === 'object' && each !== null)
      left.push(...(Object.values(each) as unknown[]))
  }
}

/** The names that a pattern finds, each with its line; the text is read once. */
function withLines(text: string, pattern: RegExp): { name: string; line: number }[] {
  let line = 1
  let end = text.indexOf('\n')
  return Array.from(text.matchAll(pattern), ({ index, 1: name = '' }) => {
    for (; end !== -1 && end < index; end = text.indexOf('\n', end + 1)) line += 1
    return { name, line }
  })
}
