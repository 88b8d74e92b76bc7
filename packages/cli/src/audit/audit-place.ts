import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Checkpoint, parseCheckpoint } from '@rekey/audit-log'
import { loadDeployment } from '@rekey/family'
import { findStack } from '@rekey/family/stacks'
import { fileError } from '@rekey/secret/files'
import type { Command } from 'commander'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import { collect, common } from '../options.ts'

/** Flags of the commands that read an audit log. */
export interface AuditPlaceFlags extends CommonFlags {
  readonly checkpoint?: readonly string[]
}

/** Adds the directory of an audit log, in place of that of a family, and the checkpoints that it is verified by. */
export function addAuditPlace(command: Command): Command {
  return common(command)
    .argument('[directory]', 'the directory of the log, in place of the one that the family names')
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere; may be repeated', collect)
}

/** Finds the directory of an audit log: the one that is named, or that of the family or the running stack. */
export async function findAuditDirectory(
  directory: string | undefined,
  { family, stack }: CommonFlags,
  { cwd }: CliContext,
): Promise<string> {
  if (directory !== undefined) return resolve(cwd, directory)
  const found = family === undefined ? await findStack(stack) : await loadDeployment(family)
  return resolve(cwd, found.auditDirectory)
}

/** Reads checkpoints. @throws {SecretError} `missing`, `malformed` or `rejected` for one that was changed */
export function readCheckpoints(
  { checkpoint = [] }: AuditPlaceFlags,
  { cwd }: CliContext,
): Promise<Checkpoint[]> {
  const read = checkpoint.map(async (name) => {
    const path = resolve(cwd, name)
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw fileError(error, path)
    })
    return parseCheckpoint(text)
  })
  return Promise.all(read)
}
