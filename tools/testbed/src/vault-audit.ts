import { execFile } from 'node:child_process'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { GuardedHome } from './guarded-process.ts'

/** The audit device of a Vault. Vault answers no request that it could not write to its audit device. */
export interface VaultAudit {
  /** What Vault wrote, a request or a response each, a moment ago. Secrets in it are HMACs. */
  entries(): Promise<Readonly<Record<string, unknown>>[]>
  /** From now on nothing can be written, so every request hangs. */
  block(): Promise<void>
  /** What hung goes on. */
  unblock(): void
}

const PIPE = 'audit.pipe'
const READER = 'audit'
const SETTLE_MS = 50

/** Opens a pipe that `cat` empties into a file; `enable` tells Vault to write to the pipe. */
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
      reader.signal('SIGSTOP')
      await fill(pipe)
    },
    unblock() {
      reader.signal('SIGCONT')
    },
  }
}

/** Fills the pipe with blank lines, until it stays full: the reader may still take some before its signal stops it. */
async function fill(pipe: string): Promise<void> {
  const writer = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    while (await fitsIn(writer)) await delay(SETTLE_MS)
  } finally {
    await writer.close()
  }
}

/** Fills up what room there is; whether there was any. */
async function fitsIn(writer: FileHandle): Promise<boolean> {
  const lines = await writeAll(writer, Buffer.alloc(4096, '\n'))
  return (await writeAll(writer, Buffer.alloc(1, '\n'))) + lines > 0
}

async function writeAll(writer: FileHandle, chunk: Buffer): Promise<number> {
  for (let written = 0; ; written += 1) {
    try {
      await writer.write(chunk)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return written
      throw error
    }
  }
}
