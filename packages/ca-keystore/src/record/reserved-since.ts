import { lstat } from 'node:fs/promises'
import { listSegments, readSegment } from './read-segment.ts'

/**
 * Reads when serials were reserved, by profile, the earliest first. A segment that was not written since is not read.
 *
 * @throws {SecretError} as `readIssuances`
 */
export async function readReservedSince(
  directory: string,
  sinceMs: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>()
  for (const path of await listSegments(directory, 'issued')) {
    if ((await lstat(path)).mtimeMs < sinceMs) continue
    for (const line of (await readSegment(path)).lines) {
      if (!('reserved' in line) || line.at.getTime() < sinceMs) continue
      const ofProfile = times.get(line.profile) ?? []
      times.set(line.profile, ofProfile)
      ofProfile.push(line.at.getTime())
    }
  }
  for (const each of times.values()) each.sort((a, b) => a - b)
  return times
}
