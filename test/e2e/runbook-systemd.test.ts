import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadFamily } from '@rekey/rekey'
import { runbookCells } from '@rekey/rekey/internal/runbook'
import { printedText, runsUnits } from '@rekey/test-support'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import { describeRunbook } from './describe-runbook.ts'
import { openSystemdDesk, type SystemdDesk } from './systemd-desk.ts'

const FAMILY = fileURLToPath(new URL('../../family.json', import.meta.url))
const programs = await Promise.all([findForTest('systemd-analyze'), findForTest('vault')])
const isRun = programs.every(({ found }) => found) && runsUnits('Runbook of systemd')

describe.runIf(isRun)('with systemd, and the store in Vault', () => {
  let desk: SystemdDesk
  describeRunbook('systemd', {
    cells: [
      ['oidc-client', 'scheduled'],
      ['integration', 'emergency'],
      ['api-key', 'stuck'],
      ['database', 'rolled-back'],
    ],
    open: async (options) => (desk = await openSystemdDesk(options)),
  })

  it('keeps the audit trail of these commands for the user `rekey` alone', async () => {
    const users = await readFile(desk.here('/etc/passwd'), 'utf8')
    const [, uid] = /^rekey:[^:]*:(\d+):/m.exec(users) ?? []
    const folder = desk.here('/var/lib/rekey/audit')
    const files = await readdir(folder)
    expect(files).not.toEqual([])
    for (const path of [folder, ...files.map((name) => join(folder, name))]) {
      const found = await stat(path)
      expect([path, String(found.uid), found.mode & 0o077]).toEqual([path, uid, 0])
    }
  })

  it('reads the reports of replicas with the health key of the page, and none with another', async () => {
    const other = randomBytes(32).toString('hex')
    await writeFile(desk.here('/etc/rekey/credentials/health-key'), other)
    const { output } = await desk.shell.type('rekey status --family deployment.json')
    expect(output).toMatch(/^api-key frontend:signing .* known to 0\/2 replicas/m)
  })

  it('makes a key of a log without the function of the page', async () => {
    const where = { environment: 'systemd', kind: 'log-key', situation: 'emergency' } as const
    const [cell] = runbookCells(await loadFamily(FAMILY), where)
    const [, lines = '', shown = ''] =
      /```sh\n(.*?)```\n\n```text\n(.*?)```/s.exec(cell?.text ?? '') ?? []
    const { code, output } = await desk.shell.type(lines, 'unset -f rekey')
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) as string })
    expect(output).toMatch(printedText(shown))
  })
})
