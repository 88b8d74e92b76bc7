import { readFile } from 'node:fs/promises'

/** A document of this repository, and the parts of it that can be run. */
export interface Runbook {
  /** What stands in fences of a language, in order. */
  blocks(language: string): readonly string[]
  /** The arguments of each `npm run rekey -- …`. */
  readonly commands: readonly string[]
}

const FENCE = /^```(\w*)\n(.*?)^```$/gms
const COMMAND = /npm run rekey -- ([^`\n|]+)/g

/** Reads a document by its path in the repository. */
export async function readRunbook(document: string): Promise<Runbook> {
  const text = await readFile(new URL(`../../../${document}`, import.meta.url), 'utf8')
  const fences = [...text.matchAll(FENCE)]
  return {
    blocks: (language) =>
      fences.flatMap(([, found, block = '']) => (found === language ? [block] : [])),
    commands: [...text.matchAll(COMMAND)].map(([, command = '']) => command.trim()),
  }
}
