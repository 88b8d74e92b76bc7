import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { FamilySecret } from '../family/family-secrets.ts'
import type { Family } from '../family/schema.ts'
import type { CliContext } from './cli-context.ts'
import type { CommandWords, OptionWords } from './command-words.ts'

/** Functions that read a family. */
type FamilyModule = Pick<typeof import('../family/family-secrets.ts'), 'secretsOf'> &
  Pick<typeof import('../family/kinds.ts'), 'kindsOf'>

/** A word of a family that is asked for: by the command, and the word before it. */
interface Question {
  readonly family: Family
  readonly module: FamilyModule
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

type IsWanted = (secret: FamilySecret, question: Question) => boolean

/** By command: which secrets of a family it works on. Default: those that a rotator changes. */
const WORKS_ON: ReadonlyMap<string, IsWanted> = new Map<string, IsWanted>([
  [
    'issue',
    ({ kind }, { family, module }) => module.kindsOf(family).get(kind)?.issue !== undefined,
  ],
  ['runbook', () => true],
])

function secretsFor(question: Question): readonly FamilySecret[] {
  const isWanted = WORKS_ON.get(question.command) ?? (({ isRotated }) => isRotated)
  const all = question.module.secretsOf(question.family)
  return all.filter((secret) => isWanted(secret, question))
}

/**
 * Lists the words that may stand in place of the last one. Those of a family come from the JSON file of `--family` or `family.json` here: no
 * module is run, no secret is read, nothing is connected to. The packages of the family are loaded for its words alone, since a shell waits
 * for each answer.
 *
 * @param words after `rekey`, the last one unfinished
 * @throws {FamilyError} if words of a family are asked for, and the file declares none
 */
export async function completions(
  program: CommandWords,
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
    const { findFamily } = await import('../family/find-family.ts')
    const [{ secretsOf }, { kindsOf }] = await Promise.all([
      import('../family/family-secrets.ts'),
      import('../family/kinds.ts'),
    ])
    const { family } = await findFamily(path, { runsModules: false })
    const module = { secretsOf, kindsOf }
    return [...new Set(find({ family, module, command: command.name, before: args.at(-1) }))]
  }
  if (waiting !== undefined) {
    return (waiting.choices ?? (await ofFamily(waiting.value))).filter(isNamed)
  }
  if (last.startsWith('-')) {
    return [...command.options.map(({ names }) => names[0] ?? ''), '--help'].filter(isNamed)
  }
  const end = command.arguments.at(-1)
  const argument = command.arguments[args.length] ?? (end?.isVariadic ? end : undefined)
  const choices = argument?.choices ?? (await ofFamily(argument?.name))
  return [...command.commands.map(({ name }) => name), ...choices].filter(isNamed)
}

/** The words before the one that is completed. */
interface Typed {
  readonly command: CommandWords
  readonly args: readonly string[]
  /** The values of options. */
  readonly given: ReadonlyMap<string, string>
  /** The option whose value comes next. */
  readonly waiting: OptionWords | undefined
}

function parseTyped(program: CommandWords, words: readonly string[]): Typed {
  const args: string[] = []
  const given = new Map<string, string>()
  let command = program
  let waiting: OptionWords | undefined
  for (const word of words) {
    const child = command.commands.find(({ name }) => name === word)
    if (waiting !== undefined) {
      given.set(waiting.names[0] ?? '', word)
      waiting = undefined
    } else if (word.startsWith('-')) {
      waiting = command.options.find(
        ({ names, value }) => value !== undefined && names.includes(word),
      )
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
