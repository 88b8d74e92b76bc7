import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The record of a VPN server that is not there: the script of `deploy/openvpn` writes it. */
export interface RecordedUses extends AsyncDisposable {
  /** For `VPN_USES_FILES` of frontend. */
  readonly file: string
  /** Records that a client with the certificate of this serial has connected. */
  record(serial: string): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('../../../../deploy/openvpn/record-use', import.meta.url))

/** Opens the record of a server of this name, which has just started. */
export async function recordedAs(name: string): Promise<RecordedUses> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-uses-'))
  const file = join(folder, `${name}.uses`)
  const run = async (event: Readonly<Record<string, string>>) => {
    await promisify(execFile)(SCRIPT, {
      env: { PATH: process.env['PATH'], REKEY_USES: file, ...event },
    })
    // OpenVPN writes it again and again.
    await writeFile(join(folder, `${name}.status`), '')
  }
  await run({ script_type: 'up' })
  return {
    file,
    record: (serial) => {
      const written = serial.match(/../g)?.join(':') ?? ''
      return run({ script_type: 'client-connect', tls_serial_hex_0: written })
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
