// node test/outside/skew/record-release.mjs COMMIT VERSION: bundles the rotator and the services of `service-main.ts` from the packages at
// a commit. A shallow clone has no such commit, so the bundles are in git. Packages of npm are not in them.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const [commit, version] = process.argv.slice(2)
if (version === undefined) throw new Error('name a commit and its version')
const here = import.meta.dirname
const root = join(here, '../../..')
const out = join(here, '../fixtures', version)
const git = (...args) => execFileSync('git', args, { cwd: root, maxBuffer: 2 ** 30 })

/** Where releases have the command `rotate`, the newest first. */
const COMMANDS = [
  'packages/rekey/src/commands/rotate-command.ts',
  'packages/cli/src/rotate-command.ts',
]
/** 0.1.0 exports these elsewhere. */
const ELSEWHERE = [[/\/api-key-auth\/src\/index\.ts$/, 'apiKeyAuth', './node.ts']]

/** `rekey rotate KIND SECRET --family FILE --json` without the rest of the command. */
const rotatorOf = (command) => `import process from 'node:process'
import { rotateSecret } from './${command}'
const [title, family] = process.argv.slice(2)
const context = { process, env: process.env, cwd: process.cwd(), signal: new AbortController().signal }
await rotateSecret(title, { family, json: true, deadlineMs: 60_000 }, context)
`

const work = await mkdtemp(join(tmpdir(), 'rekey-release-'))
try {
  execFileSync('tar', ['-x', '-C', work], { input: git('archive', commit, 'packages') })
  await writeFile(join(work, 'service-main.ts'), await readFile(join(here, 'service-main.ts')))
  const command = COMMANDS.find((path) => existsSync(join(work, path)))
  await writeFile(join(work, 'rotator-main.ts'), rotatorOf(command))
  await mkdir(join(work, 'node_modules/@rekey'), { recursive: true })
  for (const name of await readdir(join(work, 'packages'))) {
    await symlink(join(work, 'packages', name), join(work, 'node_modules/@rekey', name))
  }
  await build({
    ...{ absWorkingDir: work, entryPoints: ['service-main.ts', 'rotator-main.ts'], outdir: out },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ minify: true, legalComments: 'none', outExtension: { '.js': '.mjs' } },
    ...{ conditions: ['@rekey/source'], plugins: [ownCode()], logLevel: 'error' },
  })
  for (const name of ['service-main.mjs', 'rotator-main.mjs']) {
    const path = join(out, name)
    await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }))
    await rm(path)
  }
  const at = git('show', '-s', '--format=%H of %cs', commit).toString().trim()
  const made = `Rekey ${version} as of commit ${at}, bundled by test/outside/skew/record-release.mjs.\n`
  await writeFile(join(out, 'README.md'), made)
} finally {
  await rm(work, { recursive: true })
}

function ownCode() {
  return {
    name: 'own-code',
    setup(building) {
      building.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        path.startsWith('@rekey/') || kind === 'entry-point' ? undefined : { path, external: true },
      )
      for (const [filter, name, from] of ELSEWHERE) {
        building.onLoad({ filter }, async ({ path }) => {
          const text = await readFile(path, 'utf8')
          const more = text.includes(` ${name} `) ? '' : `export { ${name} } from '${from}'\n`
          return { loader: 'ts', contents: `${text}\n${more}` }
        })
      }
    },
  }
}
