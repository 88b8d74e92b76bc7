import { writePrivateFile } from './private-file.ts'

/** Of one service: where its secrets are. */
export interface SourcesFile {
  /** By the names that the rules use: a locator, or a role of Vault's database engine. */
  readonly sources: Readonly<Record<string, string | { credentials: string; url: string }>>
  /** The source of every secret without a rule. */
  readonly from: string
  readonly secrets?: Readonly<Record<string, string>>
}

/** How old what a service has read may be: the runs here are short, so changes must be seen soon. */
const TTL = '1 s'

/** Writes a sources file for a service. @returns its locator */
export async function writeSourcesFile(
  directory: string,
  service: string,
  { sources, from, secrets = {} }: SourcesFile,
): Promise<string> {
  const text = JSON.stringify({ sources, default: { from, ttl: TTL }, secrets }, undefined, 2)
  return `file:${await writePrivateFile(directory, `${service}-sources.json`, text)}`
}
