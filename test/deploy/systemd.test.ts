import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEPLOY } from './image.ts'

const analyze = await findForTest('systemd-analyze')
const run = promisify(execFile)
/** `systemd-analyze security` gives 0 to what may do nothing and 100 to what may do everything. */
const MAX_EXPOSURE = 15
const SERVICES = ['rekey-rotate.service', 'rekey-sweep.service'] as const

describe.runIf(analyze.found)('deploy/systemd', () => {
  let directory: string
  const unit = (name: string) => join(directory, name)
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-systemd-'))
    await cp(join(DEPLOY, 'systemd'), directory, { recursive: true })
    // A unit whose program is not installed is no sound one.
    for (const name of SERVICES) {
      const service = await readFile(unit(name), 'utf8')
      const here = service.replace('ExecStart=/usr/bin/rekey ', `ExecStart=${process.execPath} `)
      await writeFile(unit(name), here)
    }
  })
  afterAll(() => rm(directory, { recursive: true }))

  it('has units in which systemd finds no mistake', async () => {
    const verify = (...names: string[]) =>
      run(analyze.path, ['verify', '--man=no', ...names.map(unit)])
    const found = await verify(
      ...SERVICES,
      ...SERVICES.map((name) => name.replace('service', 'timer')),
    )
    expect(found).toEqual({ stdout: '', stderr: '' })
    const text = await readFile(unit('rekey-rotate.service'), 'utf8')
    await writeFile(unit('rekey-wrong.service'), text.replace('PrivateTmp=', 'PrivatTmp='))
    expect((await verify('rekey-wrong.service')).stderr).toContain("'PrivatTmp'")
  })

  it.each(SERVICES)('lets %s do little beyond its work', async (name) => {
    const judge = (threshold: number) =>
      run(analyze.path, [
        ...['security', '--offline=true', '--no-pager', `--threshold=${threshold}`],
        unit(name),
      ])
    await judge(MAX_EXPOSURE)
    await expect(judge(MAX_EXPOSURE / 2)).rejects.toMatchObject({ code: 1 })
  })

  it('runs the commands of the chart, rotate once an hour and sweep once a week', async () => {
    const [rotate = '', sweep = ''] = await Promise.all(
      SERVICES.map((name) => readFile(join(DEPLOY, 'systemd', name), 'utf8')),
    )
    const family = '--family /etc/rekey/deployment.json'
    expect(rotate).toContain(`\nExecStart=/usr/bin/rekey rotate --due ${family}\n`)
    expect(sweep).toContain(`\nExecStart=/usr/bin/rekey sweep ${family}\n`)
    // But for that, one is hardened as the other is.
    const rest = (service: string) => service.replace(/^(?:Description|ExecStart)=.*$/gm, '')
    expect(rest(sweep)).toBe(rest(rotate))
    expect(await readFile(unit('rekey-rotate.timer'), 'utf8')).toContain('\nOnCalendar=hourly\n')
    expect(await readFile(unit('rekey-sweep.timer'), 'utf8')).toContain('\nOnCalendar=weekly\n')
  })

  it('takes the key of reports as a credential, and keeps the audit trail where it may write', async () => {
    const service = await readFile(join(DEPLOY, 'systemd/rekey-rotate.service'), 'utf8')
    expect(service).toContain('LoadCredential=health-key:')
    expect(service).toContain('Environment=REKEY_HEALTH_KEY_FILE=%d/health-key')
    expect(service).toContain('StateDirectory=rekey rekey/audit')
    expect(service).toMatch(/^User=rekey$/m)
    const users = await readFile(join(DEPLOY, 'systemd/rekey.sysusers'), 'utf8')
    expect(users).toMatch(/^u rekey - /)
  })
})
