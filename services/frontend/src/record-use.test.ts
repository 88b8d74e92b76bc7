import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readUses } from './uses-file.ts'

const SCRIPT = fileURLToPath(new URL('../../../deploy/openvpn/record-use', import.meta.url))
const SERIAL = '4'.padEnd(40, 'ab')
const event = {
  script_type: 'client-connect',
  tls_serial_hex_0: SERIAL.match(/../g)?.join(':') ?? '',
}

async function place() {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'record-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'vpn1.uses')
}

/** Runs the script as OpenVPN does. */
function record(uses: string, environment: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'], REKEY_USES: uses, ...environment }
  const { status, stderr } = spawnSync(SCRIPT, { env, encoding: 'utf8' })
  return { status, stderr }
}

it('records the start of a server, and each connection at its begin and end, as frontend reads them', async () => {
  const file = await place()
  const events = [{ script_type: 'up' }, event, { ...event, script_type: 'client-disconnect' }]
  const before = Math.floor(Date.now() / 1_000) * 1_000
  for (const one of events) expect(record(file, one)).toEqual({ status: 0, stderr: '' })
  const nowMs = Date.now()
  const { uses, skipped, sinceMs } = (await readUses(file, { nowMs, afterMs: 0 })) ?? {}
  expect([...(uses?.keys() ?? [])]).toEqual([SERIAL])
  expect(skipped).toBe(0)
  for (const ms of [sinceMs, uses?.get(SERIAL)]) {
    expect(ms).toBeGreaterThanOrEqual(before)
    expect(ms).toBeLessThanOrEqual(nowMs)
  }
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(4)
  expect((await stat(file)).mode & 0o007).toBe(0)
})

it('refuses no client where it cannot record, and leaves a mark of the loss', async () => {
  const file = await place()
  await mkdir(file)
  const { status, stderr } = record(file, event)
  expect(status).toBe(0)
  expect(stderr).toContain('a use is lost')
  expect((await stat(`${file}.lost`)).size).toBe(0)
  expect(record(join(file, 'none', 'vpn1.uses'), event).status).toBe(0)
  expect(record(file, { script_type: 'tls-verify' })).toEqual({
    status: 0,
    stderr: expect.stringContaining('set it as up, client-connect and client-disconnect') as string,
  })
})
