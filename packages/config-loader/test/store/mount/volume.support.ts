import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findForTest, type KubeletVolume, openKubeletVolume } from '@rekey/testbed'
import type { MountSource } from '../../../src/store/internal.ts'
import { type MountSourceOptions, openMountSource } from '../../../src/store/index.ts'

/** The kubelet's own writer. */
export const kubeletWriter = await findForTest('kubelet-writer')

/** So long that no poll comes to help. */
export const LONG_MS = 3_600_000

/** A Secret's volume is in memory (tmpfs), where Linux has one for everybody. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A fresh random value. */
export const random = () => randomBytes(24).toString('base64url')

/** A directory that the kubelet's writer fills, and a source that reads it, for one test. */
export interface VolumeFixture extends AsyncDisposable {
  readonly directory: string
  readonly volume: KubeletVolume
  readonly signal: AbortSignal
  open(options?: Omit<MountSourceOptions, 'directory'>): Promise<MountSource>
  /** The items that `iterable` yields from now on, as they come. */
  collect<T>(iterable: AsyncIterable<T>): T[]
}

export async function volumeFixture(): Promise<VolumeFixture> {
  const directory = await mkdtemp(join(MEMORY, 'rekey-mount-'))
  const volume = await openKubeletVolume({ program: kubeletWriter.path, directory })
  const stop = new AbortController()
  const opened: AsyncDisposable[] = []
  return {
    directory,
    volume,
    signal: stop.signal,
    async open(options) {
      const source = await openMountSource({ directory, pollMs: LONG_MS, ...options })
      opened.push(source)
      return source
    },
    collect<T>(iterable: AsyncIterable<T>) {
      const items: T[] = []
      void (async () => {
        for await (const item of iterable) items.push(item)
      })()
      return items
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      for (const source of opened) await source[Symbol.asyncDispose]()
      await volume.close()
      await rm(directory, { recursive: true })
    },
  }
}
