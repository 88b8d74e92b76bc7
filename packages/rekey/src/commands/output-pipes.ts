import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A pipe that another process writes into. */
interface OutputPipe {
  readonly reader: Socket
  /** The descriptor of the end that is written to, which blocks. To be closed once the other process has it: no end comes before. */
  readonly writer: number
}

/** Where a pipe can be made: a directory that can be written, also in a container whose root cannot. */
export const pipeDirectories = (): readonly string[] => [tmpdir(), '/dev/shm']

/**
 * Opens pipes for the output of a command. The pipes of `node:child_process` are sockets (nodejs/node#21941): `/dev/stdout` cannot
 * be opened on one, and a writer gets ECONNRESET in place of SIGPIPE. These are FIFOs (mkfifo(1), fifo(7)), opened at both ends and removed at once.
 *
 * @param path in which directories to look for `mkfifo`, as in `PATH`
 * @returns nothing if none of the directories can hold them, if there is no `mkfifo`, or on Windows
 */
export function openPipes(
  count: number,
  path: string | undefined,
  directories = pipeDirectories(),
): OutputPipe[] | undefined {
  if (process.platform === 'win32') return undefined
  for (const directory of directories) {
    const pipes = openIn(directory, count, path)
    if (pipes !== undefined) return pipes
  }
  return undefined
}

function openIn(parent: string, count: number, path?: string): OutputPipe[] | undefined {
  const pipes: OutputPipe[] = []
  let directory: string | undefined
  try {
    // Where others may rename what is in it, they could put a FIFO of theirs in place of ours.
    if (isOpenToAll(statSync(parent))) return undefined
    directory = mkdtempSync(join(parent, 'rekey-run-'))
    const files = Array.from({ length: count }, (_, i) => join(directory ?? '', String(i)))
    const made = spawnSync('mkfifo', ['-m', '600', ...files], {
      ...{ env: path === undefined ? {} : { PATH: path }, stdio: 'ignore' },
    })
    if (made.status !== 0) return undefined
    for (const file of files) pipes.push(openPipe(file))
    return pipes
  } catch {
    for (const { reader, writer } of pipes) {
      reader.destroy()
      closeSync(writer)
    }
    return undefined
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  }
}

const isOpenToAll = ({ mode }: Stats) => (mode & 0o002) !== 0 && (mode & 0o1000) === 0

/** The reader first: without one, opening the other end would wait. */
function openPipe(file: string): OutputPipe {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants
  const fd = openSync(file, O_RDONLY | O_NONBLOCK)
  const writer = openSync(file, O_WRONLY)
  return { reader: new Socket({ fd, readable: true, writable: false }), writer }
}

/** Whether standard output and standard error of this process are one place, as after `2>&1` and on a terminal. */
export function isOneOutput(): boolean {
  const [out, error] = [fstatSync(1), fstatSync(2)]
  return out.dev === error.dev && out.ino === error.ino
}
