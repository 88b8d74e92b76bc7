import { join } from 'node:path'
import { SecretError, type StagedSecret } from '@rekey/secret'
import { formatAfter, requireFormat, type Stage, STAGES } from '@rekey/secret/internal'
import {
  formatKey,
  stagedSecret,
  stageKey,
  type StoredVersion,
  withoutLineEnd,
} from '../stored-stages.ts'
import type { MountedFile, MountedFiles } from './read-mount.ts'

/** Whether one newline at the end of a file is no part of the value, or is. */
export type TrailingNewline = 'strip' | 'keep'

/** The files that hold the stages of a secret. */
export function stageFiles(name: string): string[] {
  return STAGES.map((stage) => stageKey(name, stage))
}

/**
 * One secret out of the files of an instant. An empty file counts as not there.
 *
 * @throws {SecretError} `missing`, `refused` for a newer format, what kept a file from being read, or `malformed` for one that is binary
 */
export function stagesIn(
  files: MountedFiles,
  name: string,
  about: { readonly directory: string; readonly trailingNewline: TrailingNewline },
): StagedSecret {
  const { directory, trailingNewline } = about
  const format = withoutLineEnd(textOf(files.get(formatKey(name)), formatKey(name), directory))
  requireFormat('mount', formatAfter('', format), join(directory, name))
  const stages: Partial<Record<Stage, StoredVersion>> = {}
  for (const stage of STAGES) {
    const key = stageKey(name, stage)
    const file = files.get(key)
    const text = textOf(file, key, directory)
    const value = trailingNewline === 'keep' ? text : withoutLineEnd(text)
    // The path as mounted: what `..data` leads to is gone after the next swap.
    const origin = file && 'bytes' in file && { ...file.origin, path: join(directory, key) }
    if (value !== '' && origin) stages[stage] = { value, origin }
  }
  return stagedSecret(name, stages, `put a key ${name} into what is mounted at ${directory}`)
}

/** Whether there is anything in the file: an emptied one counts as removed. */
export function isThere(file: MountedFile): boolean {
  return file instanceof SecretError || file.bytes.length > 0
}

function textOf(file: MountedFile | undefined, key: string, directory: string): string {
  if (file === undefined) return ''
  if (file instanceof SecretError) throw file
  const text = file.bytes.toString('utf8')
  if (!text.includes('\0') && Buffer.from(text, 'utf8').equals(file.bytes)) return text
  const message = `${key} in ${directory} is binary, and a secret is text: store it as base64`
  throw new SecretError('malformed', message, { reason: 'binary' })
}
