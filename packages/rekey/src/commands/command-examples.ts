import type { Command } from 'commander'

const EXAMPLES = new WeakMap<Command, readonly string[]>()

/** Keeps lines that a person types for the help of a command. */
export function keepExamples(command: Command, lines: readonly string[]): void {
  EXAMPLES.set(command, lines)
}

/** The examples of a command that is loaded. */
export function examplesOf(command: Command): readonly string[] {
  return EXAMPLES.get(command) ?? []
}
