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
/** Each unit, its command and when it runs. */
const UNITS = [
  ['rotate', 'rotate --due', 'hourly'],
  ['sweep', 'sweep', 'weekly'],
  ['leaks', 'leaks rotate', 'minutely'],
] as const
const TIMED = UNITS.map(([name]) => `rekey-${name}.service`)
const SERVICES = [...TIMED, 'rekey-controller.service']
/** The lines in which a service that runs until it is stopped differs from one that a timer starts. */
const OWN_LINES =
  /^(?:Description|ExecStart|Type|TimeoutStartSec|Restart|RestartSec|WantedBy)=.*$|^\[Install\]$/gm

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
      ...TIMED.map((name) => name.replace('service', 'timer')),
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

  it.each(UNITS)('runs the command of the chart: rekey-%s', async (name, command, when) => {
    const service = await readFile(join(DEPLOY, `systemd/rekey-${name}.service`), 'utf8')
    const line = `ExecStart=/usr/bin/rekey ${command} --family /etc/rekey/deployment.json`
    expect(service).toContain(`\n${line}\n`)
    // But for that, one is hardened as the other is.
    const rest = (text: string) => text.replace(/^(?:Description|ExecStart)=.*$/gm, '')
    const other = await readFile(join(DEPLOY, 'systemd/rekey-rotate.service'), 'utf8')
    expect(rest(service)).toBe(rest(other))
    const timer = await readFile(unit(`rekey-${name}.timer`), 'utf8')
    expect(timer).toContain(`\nOnCalendar=${when}\n`)
  })

  it('runs the controller until it is stopped, in place of the hourly timer, and as hardened', async () => {
    const text = (name: string) => readFile(join(DEPLOY, 'systemd', name), 'utf8')
    const controller = await text('rekey-controller.service')
    const line = 'ExecStart=/usr/bin/rekey controller --family /etc/rekey/deployment.json'
    for (const own of [line, 'Type=exec', 'Restart=on-failure', 'WantedBy=multi-user.target']) {
      expect(controller).toContain(`\n${own}\n`)
    }
    const rest = (unit: string) => unit.replace(OWN_LINES, '').replace(/\n+/g, '\n')
    expect(rest(controller)).toBe(rest(await text('rekey-rotate.service')))
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
