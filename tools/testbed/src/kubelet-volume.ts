import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** Where a volume is written, and by what. */
export interface KubeletVolumeOptions {
  /** The executable, as `findForTest('kubelet-writer')` gives it. */
  readonly program: string
  /** Made if absent. */
  readonly directory: string
}

/** A file of a volume: its content, or that with its mode (default 0644, as the kubelet's). */
export type VolumeFile =
  string | Uint8Array | { readonly data: string | Uint8Array; readonly mode: number }

/** A directory that the kubelet's own writer fills. */
export interface KubeletVolume extends AsyncDisposable {
  readonly directory: string
  /**
   * Makes the volume hold exactly these files (a name may have folders in it), by one swap of `..data`; by none if they are
   * what it holds already. Resolves when they are there. Writes are made one after the other, and those that are
   * given at once as fast as the writer can.
   *
   * @throws {Error} in the writer's own words
   */
  write(files: Readonly<Record<string, VolumeFile>>): Promise<void>
  /** Ends the writer; the directory stays. Can be called twice. */
  close(): Promise<void>
}

const MODE = 0o644

/** Starts the writer for a directory. It ends with the process that started it, since its input then ends. */
export async function openKubeletVolume(options: KubeletVolumeOptions): Promise<KubeletVolume> {
  const { program, directory } = options
  await mkdir(directory, { recursive: true })
  const writer = spawn(program, [directory], { stdio: ['pipe', 'pipe', 'ignore'] })
  await once(writer, 'spawn')
  const answers = createInterface(writer.stdout)[Symbol.asyncIterator]()
  let last: Promise<unknown> = Promise.resolve()
  const nextAnswer = async () => {
    const { value } = (await answers.next()) as { value?: string }
    if (value !== 'written') throw new Error(`The kubelet's writer: ${value ?? 'it has ended'}`)
  }
  const close = async () => {
    if (writer.exitCode !== null || writer.signalCode !== null) return
    const ended = once(writer, 'exit')
    writer.stdin.end()
    await ended
  }
  return {
    directory,
    write(files) {
      writer.stdin.write(`${JSON.stringify(payloadOf(files))}\n`)
      const written = last.then(nextAnswer)
      last = written.catch(() => undefined)
      return written
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Writes the form that Go's `encoding/json` reads into `map[string]util.FileProjection`: bytes are base64. */
function payloadOf(files: Readonly<Record<string, VolumeFile>>) {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => {
      const isBare = typeof file === 'string' || file instanceof Uint8Array
      const { data, mode } = isBare ? { data: file, mode: MODE } : file
      return [name, { Data: Buffer.from(data).toString('base64'), Mode: mode }]
    }),
  )
}
