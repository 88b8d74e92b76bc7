import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Family, type FamilySecret, findFamily, kindsOf, secretsOf } from '@rekey/family'
import type { Command, Option } from 'commander'
import type { CliContext } from './cli-context.ts'

/** A word of a family that is asked for: by the command, and the word before it. */
interface Question {
  readonly family: Family
  /** The name of the command: `rotate`. */
  readonly command: string
  /** The argument before, such as the kind of a secret. */
  readonly before: string | undefined
}

/** By the name of an argument, or of the value of an option: the words that a family has for it. */
const FAMILY_WORDS: ReadonlyMap<string, (question: Question) => readonly string[]> = new Map([
  ['kind', (question: Question) => secretsFor(question).map(({ kind }) => kind)],
  [
    'secret',
    (question: Question) =>
      secretsFor(question).flatMap(({ kind, parties }) =>
        kind === question.before ? [parties.join(':')] : [],
      ),
  ],
  ['service', ({ family }) => family.services],
  ['who', ({ family }) => [...family.services, 'rotator']],
])

/** By command: which secrets of a family it works on. Default: those that a rotator changes. */
const WORKS_ON: ReadonlyMap<string, (secret: FamilySecret, family: Family) => boolean> = new Map([
  [
    'issue',
    ({ kind }: FamilySecret, family: Family) => kindsOf(family).get(kind)?.issue !== undefined,
  ],
  ['runbook', () => true],
])

function secretsFor({ family, command }: Question): readonly FamilySecret[] {
  const isWanted = WORKS_ON.get(command) ?? (({ isRotated }: FamilySecret) => isRotated)
  return secretsOf(family).filter((secret) => isWanted(secret, family))
}

/**
 * Lists the words that may stand in place of the last one. Those of a family come from the JSON file of `--family` or `family.json` here: no
 * module is run, no secret is read, nothing is connected to.
 *
 * @param words after `rekey`, the last one unfinished
 * @throws {FamilyError} if words of a family are asked for, and the file declares none
 */
export async function completions(
  program: Command,
  words: readonly string[],
  context: Pick<CliContext, 'cwd'>,
): Promise<readonly string[]> {
  const last = words.at(-1) ?? ''
  const { command, args, given, waiting } = parseTyped(program, words.slice(0, -1))
  const isNamed = (word: string) => word.startsWith(last)
  const ofFamily = async (name: string | undefined) => {
    const find = FAMILY_WORDS.get(name ?? '')
    const path = find && (await familyFile(given.get('--family'), context))
    if (find === undefined || path === undefined) return []
    const { family } = await findFamily(path)
    return [...new Set(find({ family, command: command.name(), before: args.at(-1) }))]
  }
  if (waiting !== undefined) {
    return (waiting.argChoices ?? (await ofFamily(waiting.attributeName()))).filter(isNamed)
  }
  if (last.startsWith('-')) {
    return [...command.options.map(nameOf), '--help'].filter(isNamed)
  }
  const { registeredArguments } = command
  const end = registeredArguments.at(-1)
  const argument = registeredArguments[args.length] ?? (end?.variadic ? end : undefined)
  const choices = argument?.argChoices ?? (await ofFamily(argument?.name()))
  return [...visible(command).map((child) => child.name()), ...choices].filter(isNamed)
}

/** The words before the one that is completed. */
interface Typed {
  readonly command: Command
  readonly args: readonly string[]
  /** The values of options. */
  readonly given: ReadonlyMap<string, string>
  /** The option whose value comes next. */
  readonly waiting: Option | undefined
}

function parseTyped(program: Command, words: readonly string[]): Typed {
  const args: string[] = []
  const given = new Map<string, string>()
  let command = program
  let waiting: Option | undefined
  for (const word of words) {
    const child = visible(command).find((one) => one.name() === word)
    if (waiting !== undefined) {
      given.set(nameOf(waiting), word)
      waiting = undefined
    } else if (word.startsWith('-')) {
      const takesValue = ({ long, short, required }: Option) =>
        required && (word === long || word === short)
      waiting = command.options.find(takesValue)
    } else if (child !== undefined && args.length === 0) command = child
    else args.push(word)
  }
  return { command, args, given, waiting }
}

async function familyFile(
  named: string | undefined,
  { cwd }: Pick<CliContext, 'cwd'>,
): Promise<string | undefined> {
  if (named !== undefined) return named.endsWith('.json') ? resolve(cwd, named) : undefined
  const path = join(cwd, 'family.json')
  return access(path).then(
    () => path,
    () => undefined,
  )
}

function visible(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
}

function nameOf({ long, short, flags }: Option): string {
  return long ?? short ?? flags
}
