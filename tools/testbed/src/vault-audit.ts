import { execFile } from 'node:child_process'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GuardedHome } from './guarded-process.ts'

/** The audit device of a Vault. Vault answers no request that it could not write to its audit device. */
export interface VaultAudit {
  /** The entries that Vault wrote, a request or a response each, a moment ago. Secrets in it are HMACs. */
  entries(): Promise<Readonly<Record<string, unknown>>[]>
  /** From now on nothing can be written, so every request hangs. */
  block(): Promise<void>
  /** Resumes the requests that hung. */
  unblock(): void
}

const PIPE = 'audit.pipe'
const READER = 'audit'

/** Opens a pipe that `cat` empties into a file; `enable` has Vault write to the pipe. */
export async function openVaultAudit(
  home: GuardedHome,
  enable: (path: string) => Promise<unknown>,
): Promise<VaultAudit> {
  const pipe = join(home.directory, PIPE)
  await promisify(execFile)('mkfifo', ['-m', '600', pipe])
  // Opened for both, it stays open while Vault is restarted.
  const reader = await home.spawn(READER, 'sh', ['-c', 'exec cat <>"$1"', 'sh', pipe])
  await enable(pipe)
  const entries = async () => {
    const lines = (await reader.readLog()).split('\n').slice(0, -1)
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  return {
    entries,
    async block() {
      await reader.pause()
      await fill(pipe)
    },
    unblock() {
      reader.resume()
    },
  }
}

/** Fills the pipe with blank lines. */
async function fill(pipe: string): Promise<void> {
  const writer = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    for (const size of [4096, 1]) await writeAll(writer, Buffer.alloc(size, '\n'))
  } finally {
    await writer.close()
  }
}

/** Writes `chunk` until there is no room for it. */
async function writeAll(writer: FileHandle, chunk: Buffer): Promise<void> {
  for (;;) {
    try {
      await writer.write(chunk)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return
      throw error
    }
  }
}
