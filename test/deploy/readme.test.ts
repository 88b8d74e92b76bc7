import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readRunbook, REKEY } from '@rekey/test-support'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type Manifest, oneOf } from './chart.ts'
import { DEPLOY } from './image.ts'

const helm = await findForTest('helm')
const FAMILY = fileURLToPath(new URL('../../family.json', import.meta.url))

describe.runIf(helm.found)('deploy/README.md', () => {
  it('takes a family to the objects of a release, with the rights that follow from it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'rekey-readme-'))
    onTestFinished(() => rm(home, { recursive: true }))
    await cp(FAMILY, join(home, 'family.json'))
    await symlink(join(FAMILY, '../node_modules'), join(home, 'node_modules'))
    await writeFile(join(home, 'deployment.json'), JSON.stringify(DEPLOYMENT))
    await mkdir(join(home, 'ca'))
    await writeFile(join(home, 'ca/root.crt'), 'a root')
    await symlink(DEPLOY, join(home, 'deploy'))
    await mkdir(join(home, 'bin'))
    const node = [process.execPath, REKEY].map((part) => `'${part}'`).join(' ')
    // Without a cluster, what would be installed is rendered.
    const render = `shift 2; exec '${helm.path}' template --kube-version 1.36.3 "$@"`
    for (const [name, line] of Object.entries({ rekey: `exec ${node} "$@"`, helm: render })) {
      await writeFile(join(home, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
    }
    const blocks = (await readRunbook('deploy/README.md')).blocks('sh')
    const script = blocks.find((block) => block.includes('helm upgrade --install')) ?? ''
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: home,
      env: {
        HOME: home,
        PATH: [join(home, 'bin'), process.env['PATH']].join(delimiter),
        IMAGE_DIGEST: `sha256:${'0'.repeat(64)}`,
      },
    })
    const documents = parseAllDocuments(stdout)
    const manifests = 'empty' in documents ? [] : documents.map((one) => one.toJS() as Manifest)
    expect(oneOf(manifests, 'ConfigMap')).toMatchObject({
      data: { 'ca__root.crt': 'a root', 'deployment.json': JSON.stringify(DEPLOYMENT) },
    })
    const { rules } = oneOf(manifests, 'Role') as unknown as {
      rules: { resourceNames: string[] }[]
    }
    const names = rules.flatMap(({ resourceNames }) => resourceNames)
    expect(names).toContain('api-key-frontend-signing')
    expect(names).toContain('identity-provider-token')
    expect(names).not.toContain('ca-passphrase-signing')
  }, 60_000)
})

/** The provider has a token, of which family.json knows nothing. */
const DEPLOYMENT = {
  extends: 'family.json',
  store: { locator: 'kubernetes:vpn', variables: {} },
  providers: {
    main: {
      kind: 'adapter',
      issuer: 'https://id.example',
      url: 'https://adapter.example',
      tokenName: 'IDENTITY_PROVIDER_TOKEN',
    },
  },
}
