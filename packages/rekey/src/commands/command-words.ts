import { readFileSync } from 'node:fs'
import type { Argument, Command, Option } from 'commander'

/** The words of a command that a shell can complete. */
export interface CommandWords {
  readonly name: string
  readonly commands: readonly CommandWords[]
  readonly options: readonly OptionWords[]
  readonly arguments: readonly ArgumentWords[]
}

/** An option, by its long name and its short one. */
export interface OptionWords {
  readonly names: readonly string[]
  /** The name of its value; absent for an option that takes none, or can do without. */
  readonly value?: string
  readonly choices?: readonly string[]
}

interface ArgumentWords {
  readonly name: string
  readonly isVariadic: boolean
  readonly choices?: readonly string[]
}

/** Where the package has the words of its program, which a test compares with the program itself. */
export const COMMAND_WORDS = new URL('../../completion.json', import.meta.url)

/** Reads the words of `rekey` from the file of the package, without loading a command. */
export function readCommandWords(): CommandWords {
  return JSON.parse(readFileSync(COMMAND_WORDS, 'utf8')) as CommandWords
}

/** The words of a program, without what its help hides. */
export function commandWords(command: Command): CommandWords {
  const visible = command.createHelp().visibleCommands(command)
  return {
    name: command.name(),
    commands: visible.filter((child) => child.name() !== 'help').map(commandWords),
    options: command.options.map(optionWords),
    arguments: command.registeredArguments.map(argumentWords),
  }
}

function optionWords(option: Option): OptionWords {
  const { long, short, flags, required, argChoices } = option
  const names = [long, short].filter((name) => name !== undefined)
  return {
    names: names.length > 0 ? names : [flags],
    ...(required && { value: option.attributeName() }),
    ...(argChoices && { choices: argChoices }),
  }
}

function argumentWords(argument: Argument): ArgumentWords {
  const { variadic, argChoices } = argument
  return {
    name: argument.name(),
    isVariadic: variadic,
    ...(argChoices && { choices: argChoices }),
  }
}
