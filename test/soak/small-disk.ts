import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own, in memory, that can be filled. */
export interface SmallDisk extends AsyncDisposable {
  readonly directory: string
  /** Until nothing more can be written to it. */
  fill(): Promise<void>
  /** Frees what {@link fill} took. */
  free(): Promise<void>
}

const SIZE = '256m'
const FILLER = 'filler'
const [LARGE, SMALL] = [1 << 20, 64]

/** Mounts one. The caller is root: see `canMount`. */
export async function mountSmallDisk(): Promise<SmallDisk> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-soak-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'tmpfs', directory])
  const filler = join(directory, FILLER)
  return {
    directory,
    async fill() {
      for (const size of [LARGE, SMALL]) while (await append(filler, size));
    },
    free: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['--lazy', directory])
      await rm(directory, { recursive: true })
    },
  }
}

/** False if the disk is full. */
async function append(file: string, size: number): Promise<boolean> {
  try {
    await appendFile(file, randomBytes(size))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
