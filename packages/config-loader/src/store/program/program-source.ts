import { type Clock, jsonIn, SecretError, type SecretSource, within } from '@rekey/secret'
import { checkSecretName, stagedSecret } from '../stored-stages.ts'
import { type ProgramResult, runProgram } from './run-program.ts'

/** The name of a secret, and the parts of the place that a locator gives. */
interface Question {
  readonly name: string
  readonly parts: readonly string[]
}

/** A program that prints one secret of a service for secrets. */
interface Tool {
  readonly command: string
  /** The parts of a place. None of them begins with a hyphen. */
  readonly place: RegExp
  /** The variables that the program gets beside the common ones begin with this. */
  readonly prefix: string
  /** The variable without which it would answer from elsewhere. */
  readonly needs?: string
  readonly args: (question: Question) => readonly string[]
  /** Reads the value; `undefined` if the answer is that there is none. @throws {SecretError} `forbidden`, `malformed` */
  readonly valueIn: (stdout: string) => string | undefined
  /** Whether a run that failed is the definite answer that there is no such secret. Default: none is. */
  readonly isMissing?: (result: ProgramResult, question: Question) => boolean
}

/** The programs by the schemes of their locators. docs/sources.md has what each was tried against. */
export const TOOLS = {
  op: {
    command: 'op',
    place: /^(\w[\w .-]*)(?:\/(\w[\w .-]*))?$/,
    prefix: 'OP_',
    args: ({ name, parts: [vault = '', field = 'password'] }) => [
      ...['read', '--no-newline', `op://${vault}/${name}/${field}`],
    ],
    valueIn: (stdout) => stdout,
    // Its exit code is 1 for everything, and a vault that it does not show may exist.
    isMissing: ({ code, stderr }, { name, parts: [vault = ''] }) =>
      code === 1 && stderr.includes(`"${name}" isn't an item in the "${vault}" vault`),
  },
  doppler: {
    command: 'doppler',
    place: /^(\w[\w-]*)\/(\w[\w-]*)$/,
    prefix: 'DOPPLER_',
    args: ({ name, parts: [project = '', config = ''] }) => [
      ...['secrets', 'get', name, '--json', '--no-exit-on-missing-secret', '--no-check-version'],
      ...[`--project=${project}`, `--config=${config}`],
    ],
    valueIn: dopplerValue,
  },
  infisical: {
    command: 'infisical',
    place: /^(\w[\w-]*)\/(\w[\w-]*)((?:\/\w[\w-]*)*)$/,
    prefix: 'INFISICAL_',
    // Logged in as a person, it prints values of its last contact while the server is unreachable.
    needs: 'INFISICAL_TOKEN',
    args: ({ name, parts: [project = '', environment = '', path = ''] }) => [
      ...['secrets', 'get', name, '--plain', '--secret-overriding=false'],
      ...[`--projectId=${project}`, `--env=${environment}`, `--path=${path === '' ? '/' : path}`],
    ],
    // Nothing at all if there is none; earlier versions print a mark instead (Infisical CLI, cmd/secrets.go).
    valueIn: (stdout) => (stdout === '*not found*\n' ? undefined : stdout.replace(/\n$/, '')),
  },
} satisfies Readonly<Record<string, Tool>>

/** `{}` if there is none; `computed` is null for a value that the token may not see. */
function dopplerValue(stdout: string): string | undefined {
  const answer = jsonIn(stdout)
  if (typeof answer !== 'object' || answer === null) {
    throw new SecretError('malformed', 'doppler printed something else than JSON: update it')
  }
  const [secret] = Object.values(answer) as readonly ({ computed?: unknown } | null)[]
  if (secret === undefined) return undefined
  if (typeof secret?.computed === 'string') return secret.computed
  throw new SecretError('forbidden', 'the value is restricted: give the token the right to see it')
}

/** The variables that each program gets: its paths, and the ways through proxies and authorities. */
const COMMON: readonly string[] = [
  ...['PATH', 'HOME', 'TMPDIR', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR'],
  ...['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR'],
]

const LIMIT_MS = 10_000

/** Options of {@link openProgramSource}. */
export interface ProgramSourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/**
 * Opens a source that asks a program for each secret. Each has one version, the current one.
 *
 * @throws {SecretError} `malformed` for a place that the program does not have, or a variable that it needs
 */
export function openProgramSource(
  scheme: keyof typeof TOOLS,
  place: string,
  { env, clock }: ProgramSourceOptions,
): SecretSource {
  const tool: Tool = TOOLS[scheme]
  const parts = tool.place.exec(place)?.slice(1)
  if (parts === undefined) {
    throw new SecretError('malformed', `${scheme}: the place has another form: see its page`)
  }
  if (tool.needs !== undefined && !env[tool.needs]) {
    throw new SecretError('malformed', `set ${tool.needs}, which ${scheme} needs`)
  }
  const locator = `${scheme}:${place}`
  const allowed = variablesFor(tool, env)
  return {
    locator,
    async read(name, signal) {
      checkSecretName(name)
      const question = { name, parts: parts.filter((part) => (part as unknown) !== undefined) }
      const { command } = tool
      const wait = { what: `${command} to print ${name}`, limitMs: LIMIT_MS, keepAlive: true }
      const result = await within({ ...wait, signal, ...(clock && { clock }) }, (ending) =>
        runProgram({ command, args: tool.args(question), env: allowed, signal: ending }),
      )
      const value = answerOf(tool, question, result)
      // A service keeps no use for an empty value.
      const stages = value === undefined || value === '' ? {} : { current: { value } }
      const origin = { kind: 'store', store: scheme } as const
      return stagedSecret(name, stages, `create it in ${locator}`, origin)
    },
  }
}

/** @throws {SecretError} `unreachable` for every failure that is no definite answer */
function answerOf(tool: Tool, question: Question, result: ProgramResult): string | undefined {
  if (result.code === 0) return tool.valueIn(result.stdout)
  if (tool.isMissing?.(result, question) === true) return undefined
  const how = result.code === null ? 'was ended by a signal' : `ended with ${result.code}`
  throw new SecretError(
    'unreachable',
    `${tool.command} ${how} and printed no value of ${question.name}: run ${tool.command} by hand to see why`,
    { program: tool.command, exitCode: result.code ?? -1 },
  )
}

function variablesFor({ prefix }: Tool, env: ProgramSourceOptions['env']): Record<string, string> {
  const entries = Object.entries(env).filter(
    ([name]) => COMMON.includes(name) || name.startsWith(prefix),
  )
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
