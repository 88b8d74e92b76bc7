import { type Command, InvalidArgumentError, Option } from 'commander'

/** The argument with the kind of a secret. */
export const KIND =
  'api-key, database, …: see rekey status; or the name of the secret in the store, alone'

/** The argument with the parties of a secret. */
export const SECRET = 'SENDER:RECEIVER for an API key, SERVICE for what it alone holds'

/** The argument with a service. */
export const SERVICE = 'the name of a service that has a definition'

/** Adds the options that name a family. */
export function common(command: Command): Command {
  return command
    .option('--stack <directory>', 'which running stack, where there are several')
    .addOption(
      new Option(
        '--family <file>',
        'the family file of a deployment; default: that of the variable REKEY_FAMILY',
      ).conflicts('stack'),
    )
}

/** Adds the options of a command that waits for replicas. */
export function waiting(command: Command): Command {
  return common(command).option(
    '--deadline-ms <ms>',
    'how long to wait for replicas and sessions',
    toMilliseconds,
    60_000,
  )
}

/** Adds the value of an option that may be repeated to those before it. */
export function collect(value: string, all: readonly string[] = []): readonly string[] {
  return [...all, value]
}

/** Adds the option that names service definitions. */
export function defined(command: Command): Command {
  return command.option(
    '--definition <module>',
    'a module that exports a definition, in place of services/*/src/secrets.ts (.mts, .js, .mjs); can be repeated',
    collect,
  )
}

const MOST_AT_ONCE = 100

/** Reads how many are worked on at once. @throws {InvalidArgumentError} */
export function toCount(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= MOST_AT_ONCE) return value
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${MOST_AT_ONCE}.`)
}

const DAY_MS = 86_400_000

/** Reads an option up to a day. @throws {InvalidArgumentError} */
export function toMilliseconds(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Infinity
  if (value <= DAY_MS) return value
  throw new InvalidArgumentError(`It takes a whole number from 0 to ${DAY_MS}.`)
}

/** Reads a port. @throws {InvalidArgumentError} */
export function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity
  if (port <= 65_535) return port
  throw new InvalidArgumentError('It takes a whole number from 0 to 65535.')
}
