// @lane servers
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '@rekey/api-key-auth'
import { runProgram } from '@rekey/test-packed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

const README = fileURLToPath(new URL('../../deploy/README.md', import.meta.url))
const DOCKERFILE = fileURLToPath(new URL('../../deploy/Dockerfile', import.meta.url))
const isPossible = process.platform === 'linux' && process.geteuid?.() === 0
if (!isPossible) {
  const message = 'the image is tried on a root of its own, which takes Linux and root'
  if (process.env['CI'] === 'true') throw new Error(message)
  process.stderr.write(`Suite skipped: ${message}\n`)
}

/** What the image has, laid out in a mount namespace: libraries, Node.js, the packages, and two folders of the operator. */
const IN_IMAGE = `
root=$1 project=$2 node=$3 files=$4 audit=$5 user=$6; shift 6
mount -t tmpfs tmpfs "$root"
cd "$root"
mkdir -p lib lib64 usr/lib usr/local/bin opt/rekey etc/rekey var/lib/rekey/audit dev proc
show() { mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; }
for place in lib lib64 usr/lib; do if [ -d "/$place" ]; then show "/$place" "$place"; fi; done
touch usr/local/bin/node
show "$node" usr/local/bin/node
show "$project" opt/rekey
show "$files" etc/rekey
mount --bind "$audit" var/lib/rekey/audit
mount --bind /dev dev
mount --bind /proc proc
mount -o remount,ro "$root"
exec chroot --userspec="$user" "$root" /usr/local/bin/node "$@"
`

describe.runIf(isPossible)('what deploy/Dockerfile makes of the tarballs', () => {
  let project: StrangerProject
  let directory: string
  let command: string
  let user: string
  const folder = (name: string) => join(directory, name)

  beforeAll(async () => {
    project = await openStrangerProject(['@rekey/rekey'])
    await chmod(project.root, 0o755)
    directory = await mkdtemp(join(tmpdir(), 'rekey-image-'))
    const text = await readFile(DOCKERFILE, 'utf8')
    command = /ln -s (\S+) \/usr\/local\/bin\/rekey/.exec(text)?.[1] ?? ''
    user = /^USER (\d+:\d+)$/m.exec(text)?.[1] ?? ''
    for (const name of ['root', 'files', 'audit']) await mkdir(folder(name), { mode: 0o755 })
    const [uid = 0, gid = 0] = user.split(':').map(Number)
    await chown(folder('audit'), uid, gid)
    const key = issueApiKey({ environment: 'dev' }).text.expose()
    await writeFile(join(folder('audit'), '.env'), `API_KEY_SHOP_TILL=${key}\n`, { mode: 0o600 })
    await chown(join(folder('audit'), '.env'), uid, gid)
    await writeFile(join(folder('files'), 'deployment.json'), JSON.stringify(FAMILY))
  }, 240_000)
  afterAll(async () => {
    await project[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  const run = (...args: string[]) => runAs(user, ...args)
  const runAs = (account: string, ...args: string[]) =>
    runProgram(
      'unshare',
      [
        ...['--mount', 'bash', '-euo', 'pipefail', '-c', IN_IMAGE, 'bash', folder('root')],
        ...[project.root, process.execPath, folder('files'), folder('audit'), account, ...args],
      ],
      { cwd: '/' },
    )

  it('has at the path that the image links a file with a line that starts Node.js', async () => {
    expect(command).toMatch(/^\/opt\/rekey\/node_modules\//)
    const path = join(project.root, command.slice('/opt/rekey/'.length))
    expect((await stat(path)).isFile()).toBe(true)
    expect(await readFile(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  it('is made of the tarballs that deploy/README.md packs, which are all that the command needs', async () => {
    const [, list = ''] = /\.\/packages\/\{([^}]+)\}/.exec(await readFile(README, 'utf8')) ?? []
    const needed = await readdir(join(project.root, 'node_modules/@rekey'))
    expect(list.split(',')).toEqual(needed.toSorted())
  })

  it('starts as another user, on a root that nothing can be written to', async () => {
    const write = `require('node:fs').writeFileSync('/opt/rekey/planted', '')`
    expect((await runAs('0:0', '-e', write)).stderr).toContain('EROFS')
    expect(await run('-p', 'process.geteuid()')).toMatchObject({ code: 0, stdout: '65532\n' })
    const rights = ['rights', 'kubernetes:shop', '--helm-values']
    const { code, stdout, stderr } = await run(command, ...rights, ...AT)
    const journal = ['rekey-rotation-api-key-shop-till', 'rekey-rotation-controller']
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      rbac: {
        rules: [{ resourceNames: ['api-key-shop-till', ...journal] }],
      },
      journal: { secrets: journal },
    })
  })

  it('rotates, and keeps the audit trail where it may write', async () => {
    const due = await run(command, 'rotate', '--due', ...AT)
    expect(due).toMatchObject({ code: 0, stdout: 'nothing is due\n', stderr: '' })
    const args = ['rotate', 'api-key', 'shop:till', '--deadline-ms', '500']
    const refused = await run(command, ...args, ...AT)
    expect(refused.stderr).toContain('API_KEY_SHOP_TILL stopped at admit')
    expect(refused.code).toBe(4)
    const trail = (await readdir(folder('audit'))).filter((name) => name.startsWith('audit-'))
    expect(trail).toHaveLength(1)
  }, 60_000)
})

const AT = ['--family', '/etc/rekey/deployment.json']
/** No replica answers. */
const FAMILY = {
  services: ['shop', 'till'],
  secrets: { 'api-key': ['shop:till'] },
  store: { locator: 'dotenv:/var/lib/rekey/audit/.env', variables: {} },
  journal: 'store',
  environment: 'development',
  validationMs: 0,
  auditDirectory: '/var/lib/rekey/audit',
  fleet: [{ service: 'till', url: 'http://127.0.0.1:9', healthUrl: 'http://127.0.0.1:9' }],
}
