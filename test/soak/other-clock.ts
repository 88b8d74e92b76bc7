import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A clock for processes of its own: their time of day jumps, and how long they wait does not. */
export interface OtherClock extends AsyncDisposable {
  /** The environment of the processes that go by it. */
  readonly env: Readonly<Record<string, string>>
  /** `+1d`, `-1d` or `+0`, against the clock of this machine, from now on. */
  set(offset: string): Promise<void>
}

/**
 * Opens one by libfaketime.
 *
 * @param program `faketime`, which knows where its library is
 */
export async function openOtherClock(program: string): Promise<OtherClock> {
  const { stdout } = await promisify(execFile)(program, ['-f', '+0', 'printenv', 'LD_PRELOAD'])
  const directory = await mkdtemp(join(tmpdir(), 'rekey-clock-'))
  const file = join(directory, 'offset')
  const set = (offset: string) => writeFile(file, `${offset}\n`)
  await set('+0')
  return {
    env: {
      LD_PRELOAD: stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}
